"""How the app treats a PostgreSQL: few connections, none held while an engine speaks, bounds."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from cast import ALICE_SITE, Visitor, owner, victor_at
from databases import PostgreSQL
from flask import Flask
from live import eventually, hear, serving
from scripted import ScriptedEngine
from sqlalchemy import text

from ragwidget.database import connections, manners, patient
from ragwidget.extensions import db

pytestmark = pytest.mark.postgresql

STREAMS, FOLLOWERS = 200, 10
GREENLETS = """
from gevent import monkey
monkey.patch_all()
import json, sys, time, gevent
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from ragwidget.database import connections

engine = create_engine(sys.argv[1])
connections.bound(engine)

def ask(_=None, seconds=0.5):
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_sleep({seconds})"))

began = time.monotonic()
gevent.joinall([gevent.spawn(ask, number) for number in range(4)], raise_error=True)
took = time.monotonic() - began
connections.Connection.silence_seconds = 0.3
try:
    ask(seconds=30)
except OperationalError as problem:
    print(json.dumps([took, str(problem.orig)]))
"""


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


def test_a_connection_that_died_at_rest_is_taken_up_by_nobody(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0.0)
    address = postgresql.copy()
    with make_app(address).app_context():
        assert db.session.scalar(text("SELECT 1")) == 1
        db.session.remove()
        with psycopg.connect(address.replace("+psycopg", "")) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        assert db.session.scalar(text("SELECT 1")) == 1


def test_greenlets_wait_for_the_database_side_by_side_and_not_for_ever(
    postgresql: PostgreSQL,
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", GREENLETS, postgresql.copy()], capture_output=True, check=True
    )

    took, problem = json.loads(told.stdout)
    assert 0.5 <= took < 2.0
    assert problem == "the server is silent"


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
            assert bound("idle_in_transaction_session_timeout") == "2min"
        assert bound("statement_timeout") == "15s"


def test_a_database_that_keeps_us_waiting_is_told_of(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(manners.BOUNDS, "lock_timeout", "200ms")
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


def test_who_does_nothing_in_a_transaction_is_put_out_and_holds_nobody_up(
    postgresql: PostgreSQL, make_app: Callable[..., Flask]
) -> None:
    address = postgresql.copy()
    app = make_app(
        address, DATABASE_CONNECTIONS=1, PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False
    )
    app.extensions["engine"] = ScriptedEngine()
    seen = psycopg.connect(address.replace("+psycopg", ""), autocommit=True)
    others = "SELECT count(*) FROM pg_locks WHERE relation = 'chatbots'::regclass AND granted"

    @app.get("/api/v1/dawdle")
    def dawdle() -> str:
        db.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        db.session.execute(text("LOCK TABLE chatbots IN ACCESS EXCLUSIVE MODE"))
        eventually(lambda: seen.execute(others).fetchone() == (0,))
        return str(db.session.scalar(text("SELECT 1")))

    with seen:
        put_out = app.test_client().get("/api/v1/dawdle")

    assert put_out.status_code == 503
    assert put_out.headers["Retry-After"]
    assert victor_at(app).ask("When does it open?").answer == "Yes."
