"""Requests that lie, drip, never end or nest without end: refused each, and others are served."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from cast import ALICE_SITE, owner
from databases import SQLite
from flask import Flask
from live import Server, serving
from misleading import misled

MEGABYTE = 1024 * 1024
HEAD = f"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nOrigin: {ALICE_SITE}\r\n"
AS_JSON = "Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def house(sqlite: SQLite) -> str:
    """The address of a database."""
    return sqlite.copy()


@pytest.fixture(scope="module")
def server(house: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One real server of it."""
    with serving(house, tmp_path_factory.mktemp("bodies"), 1) as [server]:
        yield server


def told(server: Server, sent: bytes) -> tuple[int, bytes]:
    """Send raw bytes; return the status and the whole of what came back."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        with suppress(ConnectionError):  # it may have heard enough, and said so already
            line.sendall(sent)
        with suppress(ConnectionError):
            while b"}}" not in answer and (part := line.recv(65536)):
                answer += part
    status = answer.split(b" ", 2)[1:2]
    return int(status[0]) if status else 0, answer


def whole(body: bytes, headers: str = AS_JSON) -> bytes:
    ending = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (HEAD + headers + ending).encode() + body


DEEP = 30_000  # as deep as fits into what is taken at all
BODIES = {
    "10 MB": (whole(b'{"message": "' + b"x" * 10 * MEGABYTE + b'"}'), {413}),
    "10 MB of brackets": (whole(b"[" * 10 * MEGABYTE), {413}),
    "deep lists": (whole(b"[" * DEEP + b"]" * DEEP), {422}),
    "deep objects": (whole(b'{"a":' * (DEEP // 3) + b"1" + b"}" * (DEEP // 3)), {422}),
    "open brackets": (whole(b"[" * 60_000), {422}),
    "very many fields": (
        whole(json.dumps({f"f{n}": n for n in range(4500)}).encode()),
        {422},
    ),
    "a huge number": (whole(b'{"message": ' + b"9" * 60_000 + b"}"), {422}),
    "a huge exponent": (whole(b'{"message": 1e999999999}'), {422}),
    "NaN": (whole(b'{"message": NaN, "stream": Infinity}'), {422}),
    "an escaped surrogate": (whole(b'{"message": "\\ud800\\ud800"}'), {422}),
    "no UTF-8": (whole(b'{"message": "\xc0\xae\xff"}'), {422}),
    "a long key": (whole(b'{"' + b"k" * 60_000 + b'": 1}'), {422}),
    "another type": (whole(b"message=Hello", "Content-Type: text/plain\r\n"), {422}),
    "no type": (whole(b"{}", ""), {422}),
    "a type with a strange charset": (
        whole(b"{}", "Content-Type: application/json; charset=\xff\r\n"),
        {400, 422},
    ),
    "a form that says it is a form": (
        whole(b"x", "Content-Type: multipart/form-data; boundary=\r\n"),
        {400, 422},
    ),
    "two lengths": (
        f"{HEAD}{AS_JSON}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{{}}".encode(),
        {400},
    ),
    "a negative length": (f"{HEAD}{AS_JSON}Content-Length: -1\r\n\r\n{{}}".encode(), {400}),
    "a length in other digits": (
        f"{HEAD}{AS_JSON}Content-Length: \u0663\r\n\r\n{{}}".encode(),
        {400},
    ),
    "a length and chunks": (
        f"{HEAD}{AS_JSON}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\n\r\n".encode(),
        {400, 422},
    ),
    "chunks of a size that is none": (
        f"{HEAD}{AS_JSON}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n".encode(),
        {400},
    ),
    "chunks that are too many": (
        f"{HEAD}{AS_JSON}Transfer-Encoding: chunked\r\n\r\n".encode()
        + (b"1000\r\n" + b"[" * 4096 + b"\r\n") * 600,
        {413},
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_it_is_refused_in_words_and_at_once(server: Server, name: str) -> None:
    sent, allowed = BODIES[name]
    began = time.monotonic()

    status, answer = told(server, sent)

    assert status in allowed, answer[:400]
    assert len(answer) < 4000
    assert b"Traceback" not in answer
    assert time.monotonic() - began < 5


def test_who_goes_on_sending_behind_a_refusal_is_heard_out_for_a_while_and_not_for_ever(
    server: Server,
) -> None:
    endless = f"{HEAD}{AS_JSON}Content-Length: {1024 * MEGABYTE}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(endless)
        sent = 0
        with suppress(ConnectionError):
            while sent < 64 * MEGABYTE:
                line.sendall(bytes(MEGABYTE))
                sent += MEGABYTE
    assert sent < 64 * MEGABYTE


def test_the_last_of_two_fields_of_one_name_counts(server: Server) -> None:
    first = b'{"message": "", "message": 7, "chatbot_id": "x", "chatbot_id": 8}'

    status, answer = told(server, whole(first))

    assert status == 422
    assert b"chatbot_id" in answer


def test_others_are_served_while_bodies_never_end(server: Server) -> None:
    dripping = []
    for number in range(20):
        line = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        kind = "Transfer-Encoding: chunked" if number % 2 else "Content-Length: 60000"
        line.sendall(f"{HEAD}{AS_JSON}{kind}\r\n\r\n5\r\n[[[[[\r\n".encode())
        dripping.append(line)
    began = time.monotonic()

    status, _ = told(server, whole(b"{}"))
    alive = server.request("GET", "/healthz").status

    assert (status, alive) == (422, 200)
    assert time.monotonic() - began < 5
    for line in dripping:
        line.close()


def test_nothing_that_a_request_says_of_its_way_leads_anybody_elsewhere(server: Server) -> None:
    assert misled(server.port) == []


def test_a_question_is_still_answered_after_all_that(
    server: Server, house: str, make_app: Callable[..., Flask]
) -> None:
    with make_app(house).app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)

    answer = server.call("POST", "/chat", chatbot_id=chatbot_id, message="count", stream=False)

    assert answer.status == 200
