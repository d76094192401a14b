"""The disk is full: who can make room hears so, nothing is half-written, and it goes on after."""

from __future__ import annotations

import io
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from cast import csrf_of, sign_in, victor_at
from databases import PostgreSQL
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import event, func, select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from ragwidget.chat import turn
from ragwidget.extensions import db
from ragwidget.models import Message, Source

House = Callable[..., Flask]

NO_ROOM = """CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


@contextmanager
def full_database(app: Flask) -> Iterator[None]:
    """Let SQLite find no page more than it has."""

    def shrink(connection: object, pages: int) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    def on_checkout(connection: object, *_: object) -> None:
        shrink(connection, 1)  # SQLite takes as many as there are

    with app.app_context():
        event.listen(db.engine, "checkout", on_checkout)
        try:
            yield
        finally:
            event.remove(db.engine, "checkout", on_checkout)
            event.listen(db.engine, "checkout", lambda one, *_: shrink(one, 2**30))
            db.session.remove()


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    quiet = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, quiet)


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_question_that_finds_no_room_is_refused_whole_and_can_be_asked_again(
    make_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "REMEMBER_SECONDS", 0.0)
    app = make_house(PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False)
    victor, long = victor_at(app), "Where? " * 280

    with full_database(app):
        while (refusal := victor.send(long, message_id=(name := str(uuid4())))).status_code == 200:
            assert refusal.text
        before = count(app, Message)
        assert victor.send(long, message_id=name).status_code == 503

    assert refusal.status_code == 503
    assert refusal.get_json()["error"]["code"] == "unavailable"
    assert int(refusal.headers["Retry-After"]) > 0
    assert victor.ask(long, message_id=name).answer == "Yes."
    assert count(app, Message) == before + 2


def test_an_upload_that_finds_no_room_says_what_to_do_and_leaves_nothing(
    make_house: House,
) -> None:
    app = make_house()
    alice = sign_in(app, "alice@example.org")
    sources = f"/dashboard/chatbots/{victor_at(app).chatbot_id}/sources"
    token, before = csrf_of(alice, sources), count(app, Source)

    file = FileStorage(io.BytesIO(b"Gulls fly. " * 35_000), "gulls.txt")
    boundary, body = encode_multipart({"csrf_token": token, "files": file})

    def upload() -> TestResponse:
        return alice.post(
            sources,
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={"Accept": "application/json"},
        )

    with full_disk(200_000):
        refusal = upload()

    assert refusal.status_code == 507
    assert refusal.get_json()["error"]["code"] == "disk_full"
    assert "Make room" in refusal.get_json()["error"]["message"]
    assert count(app, Source) == before
    assert not list(Path(app.instance_path).rglob(".part-*"))
    assert upload().status_code == 201


def test_an_owner_reads_that_the_disk_is_full_on_a_page(make_house: House) -> None:
    app = make_house(PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False)
    alice = sign_in(app, "alice@example.org")
    sources = f"/dashboard/chatbots/{victor_at(app).chatbot_id}/sources"
    form = {"csrf_token": csrf_of(alice, sources), "title": "Gulls", "text": "Gulls fly. " * 9000}

    with full_database(app):
        page = alice.post(f"{sources}/text", data=form, headers={"Accept": "text/html"})

    assert page.status_code == 507
    assert "no room left on the server" in page.text
    assert count(app, Source) == 2


@pytest.mark.postgresql
def test_it_hears_postgresql_say_that_there_is_no_room(
    postgresql: PostgreSQL, make_app: House
) -> None:
    app = make_app(postgresql.copy(), PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False)
    app.extensions["engine"] = ScriptedEngine()
    alice, victor = sign_in(app, "alice@example.org"), victor_at(app)
    sources, name = f"/dashboard/chatbots/{victor.chatbot_id}/sources", str(uuid4())
    form = {"csrf_token": csrf_of(alice, sources), "title": "Gulls", "text": "Gulls fly."}

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(NO_ROOM))
        for table in ("messages", "sources"):
            connection.execute(
                text(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()")
            )
    refusal = victor.send("When?", message_id=name)
    page = alice.post(f"{sources}/text", data=form, headers={"Accept": "text/html"})
    kept = count(app, Message), count(app, Source)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DROP FUNCTION no_room CASCADE"))

    assert refusal.status_code == 503
    assert int(refusal.headers["Retry-After"]) > 0
    assert page.status_code == 507
    assert "no room left on the server" in page.text
    assert kept == (0, 2)
    assert victor.ask("When?", message_id=name).answer == "Yes."
    postgresql.forget()
