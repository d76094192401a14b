"""A database that takes its time slows answers down, and nothing else; whoever waits is told."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from cast import victor_at
from databases import PostgreSQL
from flask import Flask
from live import eventually
from scripted import ScriptedEngine
from sqlalchemy import make_url, select
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import Message

CONNECTIONS = 3
VISITORS = 12
LATE = 0.15  # seconds, for each reply; one after the other they are several for a question


class SlowLine:
    """Passes on what is said to a PostgreSQL, and its replies late."""

    def __init__(self, path: str) -> None:
        self.late = 0.0
        self._path = path
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._open)]
        self._threads[0].start()

    def close(self) -> None:
        """Cut whatever is still said, whoever holds on to it."""
        for end in (self._door, *self._ends):
            hang_up(end)
        for thread in self._threads:
            thread.join()
        self._door.close()

    def _open(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._door.accept()
                self._ends.append(client)
                thread = threading.Thread(target=self._join, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _join(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._path)
            asking = threading.Thread(target=self._pass_on, args=(client, server, False))
            asking.start()
            self._pass_on(server, client, True)
            asking.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, late: bool) -> None:
        with suppress(OSError):  # either side hung up
            while said := source.recv(65536):
                if late:
                    time.sleep(self.late)
                target.sendall(said)
        for end in (source, target):
            hang_up(end)


def hang_up(end: socket.socket) -> None:
    """End what is said there, if it has not ended."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(postgresql: PostgreSQL) -> Iterator[tuple[SlowLine, str]]:
    """A slow line to a database with the cast in it, and its address."""
    address = make_url(postgresql.copy())
    line = SlowLine(f"{address.query['host']}/.s.PGSQL.{address.port or 5432}")
    through = address.set(host="127.0.0.1", port=line.port, query={})
    yield line, through.render_as_string(hide_password=False)
    line.close()
    postgresql.forget()


@pytest.mark.postgresql
def test_visitors_of_a_slow_database_are_answered_or_told_to_come_again(
    line: tuple[SlowLine, str], make_app: Callable[..., Flask]
) -> None:
    slow, address = line
    app = make_app(address, DATABASE_CONNECTIONS=CONNECTIONS)
    app.extensions["engine"] = ScriptedEngine()
    questions = {str(uuid4()): victor_at(app, address=f"203.0.{n}.1") for n in range(VISITORS)}

    def ask(message_id: str) -> TestResponse:
        return questions[message_id].send("When?", message_id=message_id, stream=False)

    slow.late = LATE
    with ThreadPoolExecutor(VISITORS) as crowd:
        heard = dict(zip(questions, crowd.map(ask, questions), strict=True))
        assert app.test_client().get("/healthz").status_code == 200
    slow.late = 0.0

    told = Counter(response.status_code for response in heard.values())
    assert told[200] >= CONNECTIONS, told
    assert set(told) <= {200, 503}
    for message_id, response in heard.items():
        if response.status_code == 503:
            assert response.get_json()["error"]["code"] == "unavailable"
            assert int(response.headers["Retry-After"]) > 0
            assert ask(message_id).status_code == 200
    with app.app_context():
        asked = select(Message.client_id).where(Message.role == "visitor")
        assert sorted(map(str, db.session.scalars(asked))) == sorted(questions)
        db.session.remove()
        # who was answered is not kept until the last thing about the answer is written
        eventually(lambda: db.engine.pool.checkedout() == 0)  # type: ignore[attr-defined]
