"""Fixtures: houses whose chatbots answer locally, or from a store at the emulated service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from databases import Databases, SQLite
from flask import Flask
from gemini_emulator import Emulator
from housing import House

from ragwidget.clients import Clients
from ragwidget.engines.gemini import Gemini

__all__ = ["MakeHouse", "gemini", "house", "local", "make_local", "service", "shed"]

MakeHouse = Callable[..., House]


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[Emulator, Clients]]:
    """The emulated service, and those who speak to it."""
    clients = Clients(Gemini)
    with Emulator() as emulator:
        yield emulator, clients
        clients.close()


@pytest.fixture
def gemini(service: tuple[Emulator, Clients]) -> Emulator:
    """The emulated service with nothing in it; a document is ready at the second look."""
    emulator, _ = service
    emulator.reset()
    emulator.indexing(looks=1, seconds=None)
    return emulator


@pytest.fixture
def make_local(
    make_app: Callable[..., Flask], gemini: Emulator, service: tuple[Emulator, Clients]
) -> MakeHouse:
    """Make houses whose chatbots answer from the embedded engine."""

    def make(address: str, **settings: Any) -> House:
        app = make_app(
            address,
            **{"GEMINI_API_KEY": gemini.key, "GEMINI_BASE_URL": gemini.url, **settings},
        )
        app.extensions["gemini"] = service[1]
        return House(app, gemini)

    return make


@pytest.fixture
def local(databases: Databases, make_local: MakeHouse) -> Iterator[House]:
    """Alice's chatbot, on each database in turn."""
    house = make_local(databases.copy())
    with house.app.app_context():
        yield house


@pytest.fixture
def house(local: House) -> House:
    """Alice's chatbot, moved to Gemini with its one text, on each database in turn."""
    local.move_to_gemini()
    return local


@pytest.fixture
def shed(sqlite: SQLite, make_local: MakeHouse) -> Iterator[House]:
    """The same on SQLite only, for what databases have no part in."""
    house = make_local(sqlite.copy())
    with house.app.app_context():
        house.move_to_gemini()
        yield house
    sqlite.forget()
