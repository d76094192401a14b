"""What the operator reads of visitors: whose line it is, and never a word of theirs."""

import io
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cast import owner
from databases import SQLite
from flask import Flask
from live import Server, eventually, hear, serving

from ragwidget import library
from ragwidget.extensions import db
from ragwidget.models import Chatbot

WORD = "quokkaburger"  # in everything that anybody types here


class House:
    """A server that logs all it can, to a file."""

    def __init__(self, server: Server, chatbot_id: str, database: Path, log: Path) -> None:
        self.server = server
        self.chatbot_id = chatbot_id
        self.database = database
        self._log = log

    def ask(self, message: str, **fields: Any) -> Any:
        """Ask, without hearing the answer."""
        body = {"chatbot_id": self.chatbot_id, "message": message, **fields}
        return self.server.call("POST", "/chat", **body)

    def lines(self) -> list[dict[str, Any]]:
        """Return what was logged so far; every line of it is an object."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def told(self, event: str, **what: str) -> list[dict[str, Any]]:
        """Return the lines of an event."""
        wanted = {"event": event, **what}.items()
        return [line for line in self.lines() if wanted <= line.items()]


@pytest.fixture
def house(sqlite: SQLite, make_app: Callable[..., Flask], tmp_path: Path) -> Iterator[House]:
    """A house in which a file waits that can't be read."""
    address = sqlite.copy()
    app = make_app(address, INSTANCE=str(tmp_path / "0" / "instance"))
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, owner("alice@example.org").chatbot_id)
        broken = io.BytesIO(f"%PDF-1.7 {WORD}".encode())
        originals = app.extensions["originals"]
        library.add_file(chatbot, f"{WORD}.pdf", broken, originals, most_bytes=1000, most=10)
        chatbot_id = str(chatbot.id)
    log = tmp_path / "log"
    with (
        log.open("wb") as stderr,
        serving(address, tmp_path, stderr=stderr, LOG_LEVEL="DEBUG") as (server,),
    ):
        yield House(server, chatbot_id, Path(address.removeprefix("sqlite:///")), log)
    sqlite.forget()


@contextmanager
def refusing(database: Path, statement: str) -> Iterator[None]:
    """Let the database refuse something for a while."""
    with sqlite3.connect(database) as connection:
        connection.execute(
            f"CREATE TRIGGER refusal {statement} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    yield
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER refusal")


def test_no_word_of_anybody_is_logged_at_any_level(house: House) -> None:
    start = hear(
        house.ask(
            f"repeat {WORD}",
            visitor={"name": WORD, "email": f"{WORD}@example.org"},
            page={"url": f"https://alice.example/?q={WORD}", "title": WORD},
            context={"basket": WORD},
        )
    )[0][2]
    token, message_id = start["conversation"]["token"], start["message_id"]
    conversation_id = start["conversation"]["id"]
    call = house.server.call

    call("PUT", f"/messages/{message_id}/feedback", token, rating="down", comment=WORD).read()
    call("PATCH", f"/conversations/{conversation_id}", token, title=WORD).read()
    contact = {"name": WORD, "email": f"{WORD}@example.org", "message": WORD}
    assert call("POST", f"/conversations/{conversation_id}/contact", token, **contact).status == 201
    call("GET", f"/chatbots/{house.chatbot_id}/sources?search={WORD}").read()
    house.ask("?", mode=WORD).read()
    with socket.create_connection(("127.0.0.1", house.server.port)) as careless:
        careless.sendall(f"GET /api/v1/conversations?search=my {WORD} HTTP/1.1\r\n\r\n".encode())
        assert b"400" in careless.recv(100)
    hear(house.ask(f"break {WORD}"))
    with refusing(house.database, "BEFORE INSERT ON messages"):
        assert house.ask(WORD).status == 500
    with refusing(house.database, "BEFORE UPDATE ON messages WHEN NEW.status = 'completed'"):
        hear(house.ask(f"repeat {WORD}"))
    eventually(lambda: house.told("unreadable file: damaged PdfiumError"))

    assert WORD not in "".join(map(str, house.lines())).lower()
    assert token not in str(house.lines())
    kinds = [line["exception"] for line in house.lines() if "exception" in line]
    assert any(kind.startswith("ValueError\n") for kind in kinds)
    assert any("sqlalchemy.exc.IntegrityError" in kind for kind in kinds)
    assert house.told("a request failed")
    assert house.told("a request can't be read: Invalid HTTP Version")


def test_every_line_says_what_it_is_about(house: House) -> None:
    whole = hear(house.ask("count to 3"))[0][2]
    left = hear(house.ask("count to 12"), until=4)[0][2]
    eventually(lambda: len(house.told("turn")) == 2)
    first, second = house.told("turn")

    for start, line in ((whole, first), (left, second)):
        assert line["conversation_id"] == start["conversation"]["id"]
        assert line["message_id"] == start["message_id"]
        assert line["chatbot_id"] == house.chatbot_id
        assert len(line["organization_id"]) == 36
        assert (line["status"], line["reason"]) == ("completed", "stop")
        (asked,) = house.told("request", request_id=line["request_id"])
        assert asked["path"] == "/api/v1/chat"
    assert (first["chunks"], second["chunks"]) == (3, 12)
    assert first["first_text_ms"] <= first["total_ms"]

    eventually(lambda: house.told("source not readable"))
    (line,) = house.told("source not readable")

    with sqlite3.connect(house.database) as connection:
        row = connection.execute("SELECT id FROM sources WHERE state = 'failed'").fetchone()
    assert line["job"] == "read_source"
    assert line["job_id"]
    assert line["source_id"].replace("-", "") == row[0].replace("-", "")
    assert line["chatbot_id"] == house.chatbot_id
