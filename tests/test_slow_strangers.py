"""Strangers who send half, read nothing, or come and go: they keep nobody else out."""

from __future__ import annotations

import http.client
import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from cast import owner, parse_events
from counting_server import LOUD
from flask import Flask
from live import WAYS, Server, eventually, hear, serving, watching
from sqlalchemy import func, select

from ragwidget.extensions import db
from ragwidget.models import Message

THREADS, PLACES, CROWD = 24, 8, 64
DATABASE_CONNECTIONS = 20  # that are kept
METRICS_TOKEN = "what only Prometheus knows"
ANSWER_SECONDS = 3.0  # as long as anybody may be kept waiting by strangers


@pytest.fixture(scope="module", params=WAYS)
def house(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Flask]:
    """An eye on a database that is served by threads, or by greenlets."""
    yield from watching(request, tmp_path_factory)


@pytest.fixture(scope="module")
def server(house: Flask, tmp_path_factory: Any) -> Iterator[Server]:
    """A server of that database that nothing stands in front of, with little room and patience."""
    with serving(
        house.config["DATABASE_URL"],
        tmp_path_factory.mktemp("server"),
        WORKER_CLASS=house.config["WORKER_CLASS"],
        THREADS=THREADS,
        MAX_STREAMS=PLACES,
        METRICS_TOKEN=METRICS_TOKEN,
        IMPATIENT="yes",
        ADDRESS_QUESTIONS_PER_HOUR=10_000,
        ORGANIZATION_QUESTIONS_PER_DAY=10_000,
    ) as [server]:
        yield server


@pytest.fixture
def strangers() -> Iterator[list[socket.socket]]:
    """Connections of people who mean no good; they hang up at the end."""
    connections: list[socket.socket] = []
    yield connections
    for connection in connections:
        connection.close()


def ask(house: Flask, server: Server, question: str, **fields: Any) -> http.client.HTTPResponse:
    with house.app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
        db.session.remove()
    return server.call("POST", "/chat", chatbot_id=chatbot_id, message=question, **fields)


def connect(server: Server, words: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(words)
    return connection


def is_quick(house: Flask, server: Server) -> None:
    """See that others are served as if nobody else were there."""
    began = time.monotonic()
    assert server.request("GET", "/healthz").read()
    assert b"password" in server.request("GET", "/sign-in").read()
    assert hear(ask(house, server, "count to 1"))[-1][1] == "done"
    assert time.monotonic() - began < ANSWER_SECONDS


def open_streams(server: Server) -> float:
    page = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/metrics",
        headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
    )
    with urllib.request.urlopen(page) as answer:
        match = re.search(r"^ragwidget_open_streams(?:{.*})? (.+)$", answer.read().decode(), re.M)
    assert match
    return float(match[1])


HALVES = {
    "nothing": b"",
    "half a head": b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "half a body": (
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 5000\r\n\r\n{"
    ),
    "half of another": (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nX-Slow: "
    ),
    "half of what is long": (
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail="
    ),
    "no farewell": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "no end": (
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n5\r\nemail"
    ),
}


def test_requests_that_never_arrive_keep_nobody_out(
    house: Flask, server: Server, strangers: list[socket.socket]
) -> None:
    for words in HALVES.values():
        strangers += [connect(server, words) for _ in range(CROWD)]
    time.sleep(0.5)

    is_quick(house, server)
    for connection in strangers[CROWD : 3 * CROWD]:  # half a head, half a body
        with suppress(ConnectionResetError):
            while connection.recv(4096):  # until we hang up
                pass


def test_a_visitor_who_never_reads_has_their_answer_written_all_the_same(
    house: Flask, server: Server, strangers: list[socket.socket]
) -> None:
    with house.app_context():
        chatbot_id = owner("alice@example.org").chatbot_id
        db.session.remove()
    body = f'{{"chatbot_id": "{chatbot_id}", "message": "shout 100"}}'.encode()
    stranger = socket.socket()
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stranger.connect(("127.0.0.1", server.port))
    strangers.append(stranger)
    stranger.sendall(
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nOrigin: https://alice.example\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )

    def written() -> bool:
        with house.app_context():
            query = select(Message.status, func.length(Message.text)).order_by(
                Message.created_at.desc(), Message.role
            )
            newest = db.session.execute(query.where(Message.role == "chatbot").limit(1)).one()
            db.session.remove()
        return tuple(newest) == ("completed", 100 * len(LOUD))

    eventually(written, 40)
    eventually(lambda: open_streams(server) == 0)


def test_who_comes_when_every_place_is_taken_hears_so_at_once(house: Flask, server: Server) -> None:
    others = [ask(house, server, "count to 60") for _ in range(PLACES)]
    with house.app_context():
        before = db.session.scalar(select(func.count()).select_from(Message))
        db.session.remove()
    began = time.monotonic()
    refused = [ask(house, server, "count to 1") for _ in range(20)]
    took = time.monotonic() - began
    bodies = [answer.read() for answer in refused]
    page = server.request("GET", "/sign-in").read()

    assert {answer.status for answer in refused} == {503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert all(b'"busy"' in body for body in bodies)
    assert took < ANSWER_SECONDS
    assert b"password" in page
    with house.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == before
        db.session.remove()
    for answer in others:
        answer.close()
    eventually(lambda: open_streams(server) == 0)
    assert hear(ask(house, server, "count to 1"))[-1][1] == "done"


def test_who_comes_and_leaves_a_thousand_times_leaves_nothing_behind(
    house: Flask, server: Server
) -> None:
    watched = ask(house, server, "count to 250")
    start = next(
        parse_events(
            watched.readline().decode() + "".join(watched.readline().decode() for _ in range(3))
        )
    )[2]
    token, path = start["conversation"]["token"], f"/messages/{start['message_id']}/events"
    [worker] = server.workers()

    def come_and_leave(_: int) -> None:
        answer = server.call("GET", path, token)
        answer.read(1)
        answer.close()

    with ThreadPoolExecutor(PLACES - 2) as visits:
        list(visits.map(come_and_leave, range(50)))
        eventually(lambda: open_streams(server) <= 1)
        threads, files = worker.num_threads(), worker.num_fds()
        list(visits.map(come_and_leave, range(1000)))
    eventually(lambda: open_streams(server) <= 1)

    assert worker.num_threads() <= threads + 2
    assert worker.num_fds() <= files + DATABASE_CONNECTIONS
    server.call("POST", f"/messages/{start['message_id']}/stop", token).read()
    watched.close()
