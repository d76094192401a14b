"""What is done around an answer that is still being said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from cast import Reply, Visitor, parse_events
from flask import Flask
from scripted import ScriptedEngine
from werkzeug.test import TestResponse

from ragwidget.chat import checkpoints

__all__ = ["other_process", "quick_checkpoints"]


@contextmanager
def listening(victor: Visitor, question: str) -> Iterator[tuple[TestResponse, str]]:
    """Ask, hear the first words, and go away at the end of the block."""
    response = victor.send(question)
    heard = ""
    for chunk in response.iter_encoded():
        heard += chunk.decode()
        if "event: delta" in heard:
            break
    victor.token = dict(next(parse_events(heard))[2])["conversation"]["token"]
    victor.conversation_id = dict(next(parse_events(heard))[2])["conversation"]["id"]
    try:
        yield response, dict(next(parse_events(heard))[2])["message_id"]
    finally:
        response.close()


def later(work: Callable[[], Reply]) -> Callable[[], Reply]:
    """Do something beside the test; call the result to have what came of it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return lambda: future.result(15)


@pytest.fixture
def quick_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write down what was said as soon as it was."""
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SECONDS", 0.02)


@pytest.fixture
def other_process(
    app: Flask, make_app: Callable[..., Flask], victor: Visitor, engine: ScriptedEngine
) -> Visitor:
    """Victor, whose requests reach another process on the same database."""
    other = make_app(app.config["SQLALCHEMY_DATABASE_URI"])
    other.extensions["engine"] = engine
    return Visitor(other, UUID(victor.chatbot_id))
