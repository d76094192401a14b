"""PostgreSQL dies, stands still or is slow: clear refusals at once, and no answer is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from cast import Visitor, sign_in, victor_at
from databases import people
from flask import Flask
from scripted import ScriptedEngine
from wrecking import Postgres

from ragwidget.database.connections import Connection
from ragwidget.extensions import db
from ragwidget.models import Message

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL that nobody else needs."""
    postgres = Postgres()
    try:
        postgres.wait()
        people(postgres.address(), tmp_path_factory.mktemp("people"))
        yield postgres
    finally:
        postgres.end()


@pytest.fixture
def postgres(own_postgres: Postgres) -> Postgres:
    """The same, up and running."""
    own_postgres.wait()
    return own_postgres


@pytest.fixture
def app(postgres: Postgres, make_app: Callable[..., Flask]) -> Flask:
    """The app on that database."""
    app = make_app(postgres.address(), PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False)
    app.extensions["engine"] = ScriptedEngine()
    return app


@pytest.fixture
def victor(app: Flask) -> Visitor:
    """Visits Alice's website."""
    return victor_at(app)


def die(postgres: Postgres) -> None:
    postgres.kill(random.Random())


def test_without_a_database_everybody_hears_so_in_their_own_way(
    app: Flask, victor: Visitor, postgres: Postgres
) -> None:
    alice = sign_in(app, "alice@example.org")
    die(postgres)

    for refusal in (victor.send("Hello?"), victor.get(f"/chatbots/{victor.chatbot_id}")):
        assert refusal.status_code == 503
        assert refusal.get_json()["error"]["code"] == "unavailable"
        assert int(refusal.headers["Retry-After"]) > 0
        assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    page = alice.get("/dashboard/", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert int(page.headers["Retry-After"]) > 0
    assert "Please try again" in page.text
    assert app.test_client().get("/healthz").status_code == 200


def test_it_goes_on_when_the_database_is_back(victor: Visitor, postgres: Postgres) -> None:
    assert victor.ask("Hello?").answer == "Yes."
    die(postgres)
    assert victor.send("Still there?").status_code == 503
    postgres.wait()

    assert victor.ask("Still there?").answer == "Yes."
    assert [one["text"] for one in victor.messages()] == ["Hello?", "Yes.", "Still there?", "Yes."]


def test_an_answer_goes_on_without_its_database_and_is_kept_when_it_is_back(
    app: Flask, victor: Visitor, postgres: Postgres
) -> None:
    back = threading.Timer(1.5, postgres.wait)
    app.extensions["engine"].will_say("At ", lambda: die(postgres), back.start, "nine, ", "or ten.")

    reply = victor.ask("When do you open?")
    back.join()

    assert (reply.answer, reply.names[-1]) == ("At nine, or ten.", "done")
    with app.app_context():
        kept = db.session.get_one(Message, UUID(reply.message_id))
        assert (kept.status, kept.text) == ("completed", "At nine, or ten.")


def test_who_listens_elsewhere_hears_on_when_the_database_is_back(
    app: Flask, victor: Visitor, postgres: Postgres, make_app: Callable[..., Flask]
) -> None:
    other = make_app(postgres.address())
    heard: list[str] = []

    def listen() -> None:
        elsewhere = victor_at(other, token=victor.token)
        heard.append(elsewhere.attach(message_id).answer)

    reply = victor.ask("Hello?")
    message_id, wait = reply.message_id, threading.Event()
    with app.app_context():
        db.session.execute(
            db.update(Message)
            .where(Message.id == UUID(message_id))
            .values(status="streaming", heartbeat_at=db.func.now() + db.text("interval '1 minute'"))
        )
        db.session.commit()
    listener = threading.Thread(target=listen)
    listener.start()
    wait.wait(0.6)
    die(postgres)
    wait.wait(0.6)
    postgres.wait()
    with app.app_context():
        db.session.execute(
            db.update(Message).where(Message.id == UUID(message_id)).values(status="completed")
        )
        db.session.commit()
    listener.join()

    assert heard == ["Yes."]


def test_a_database_that_stands_still_keeps_no_thread(
    victor: Visitor, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "silence_seconds", 0.5)
    assert victor.ask("Hello?").answer == "Yes."
    postgres.suspend()
    try:
        refusal = victor.send("Still there?")
    finally:
        postgres.resume()

    assert refusal.status_code == 503
    patience = time.monotonic() + 20
    while victor.send("Still there?", stream=False).status_code != 200:
        assert time.monotonic() < patience
