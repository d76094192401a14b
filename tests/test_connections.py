"""How the app treats a PostgreSQL: few connections, none held while an engine speaks, bounds."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from cast import ALICE_SITE, Visitor, owner
from databases import PostgreSQL
from flask import Flask
from live import hear, serving
from sqlalchemy import text

from ragwidget import extensions
from ragwidget.extensions import db, patient

pytestmark = pytest.mark.postgresql

STREAMS, FOLLOWERS = 200, 10


@pytest.mark.parametrize("worker_class", ["gthread", "gevent"])
def test_two_hundred_open_answers_do_with_three_connections(
    worker_class: str, postgresql: PostgreSQL, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    address = postgresql.copy()
    with make_app(address).app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
    settings = {"WORKER_CLASS": worker_class, "THREADS": 300, "DATABASE_CONNECTIONS": 3}
    question = {"chatbot_id": chatbot_id, "message": "count to 150"}
    with serving(address, tmp_path, 2, **settings) as (one, other):
        streams = [one.call("POST", "/chat", **question) for _ in range(STREAMS)]
        begun = [hear(stream, until=4) for stream in streams[:FOLLOWERS]]
        followers = [
            server.call("GET", f"/messages/{heard[0][2]['message_id']}/events", token)
            for heard in begun
            for token in [heard[0][2]["conversation"]["token"]]
            for server in (one, other)
        ]

        assert one.call("GET", f"/chatbots/{chatbot_id}").status == 200
        for stream in [*streams[FOLLOWERS:], *followers]:
            assert [number for number, _, _ in hear(stream, until=4)][:4] == [1, 2, 3, 4]


def test_what_takes_too_long_is_broken_off_unless_nobody_waits(
    postgresql: PostgreSQL, make_app: Callable[..., Flask]
) -> None:
    def bound(name: str) -> str:
        found = db.session.scalar(text(f"SHOW {name}"))
        db.session.commit()
        return found

    with make_app(postgresql.copy()).app_context():
        assert [bound("statement_timeout"), bound("lock_timeout")] == ["15s", "10s"]
        with patient():
            assert [bound("statement_timeout"), bound("lock_timeout")] == ["30min", "5min"]
        assert bound("statement_timeout") == "15s"


def test_a_database_that_keeps_us_waiting_is_told_of(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extensions.BOUNDS, "lock_timeout", "200ms")
    address = postgresql.copy()
    app = make_app(address)
    with app.app_context():
        victor = Visitor(app, owner("alice@example.org").chatbot_id, origin=ALICE_SITE)
        db.session.remove()
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE chatbots IN ACCESS EXCLUSIVE MODE")
        kept_waiting = victor.send("When does it open?")

    assert kept_waiting.status_code == 503
    assert kept_waiting.headers["Retry-After"]
    assert victor.ask("When does it open?").names[-1] == "done"
