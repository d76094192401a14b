"""Gemini as tests ask it: the real client, short clocks, and a store with Alice's things in it."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gemini_emulator import Emulator

from ragwidget.chat.events import Delta, SourceRef, Sources, Waiting
from ragwidget.engines.file_search import GeminiEngine, SourceFacts
from ragwidget.engines.gemini import Gemini, Options
from ragwidget.engines.protocol import Asked, Engine, EngineFailed, Finish, Step, Usage

HOURS = "0197f2c0-0000-7000-8000-000000000001"
DEPOSIT = "0197f2c0-0000-7000-8000-000000000002"
HELD = {
    HOURS: "The bicycle shop opens at nine in the morning on working days. "
    "Nobody is there on Sundays.",
    DEPOSIT: "The deposit for a marzipan bicycle is fifty euros, and you get it back on return.",
}
QUESTION = "When does the bicycle shop open in the morning?"
ANSWER = "The bicycle shop opens at nine in the morning on working days."
ELSEWHERE = "What is the capital of Burundi?"
REFUSAL = "I can't find an answer to that in what I was given to read."
TECHNICAL = re.compile(
    r"gemini|google|api|\bkey\b|quota|server|token|model|http|error|fail|connect|timeout|network"
    r"|status|\d",
    re.IGNORECASE,
)


_reader = "lean"


@contextmanager
def read_by(reader: str) -> Iterator[None]:
    """Let the clients that are made inside hear answers by this reader."""
    global _reader
    before, _reader = _reader, reader
    yield
    _reader = before


def calmly(emulator: Emulator) -> Iterator[None]:
    """Leave an emulator as it was found: without scenarios, and with nobody on the line."""
    emulator.calm()
    emulator.forget_requests()
    yield
    emulator.calm()
    assert hangs_up(emulator, 10), "somebody is still on the line"


def service_of(emulator: Emulator, **options: Any) -> Gemini:
    """Return a client of an emulator that is in a hurry; the same one for the same options."""
    usual = {
        "key": emulator.key,
        "base_url": emulator.url,
        "connections": 100,
        "silence_seconds": 10,
        "answer_seconds": 30,
        "attempts": 1,
        "reader": _reader,
    }
    return _made(Options(**(usual | options)))


@cache
def _made(options: Options) -> Gemini:
    return Gemini(options)


def store_of(service: Gemini, held: Mapping[str, str] = HELD) -> str:
    """Return a store in which some texts can be found."""
    store = service.create_store("Alice's bicycles")
    with TemporaryDirectory() as folder:
        for source_id, text in held.items():
            path = Path(folder, "source.txt")
            path.write_text(text)
            uploaded = service.upload(
                store,
                path,
                display_name="What Alice's bicycles does",
                source_id=source_id,
                content_hash=sha256(text.encode()).hexdigest(),
            )
            while not service.poll(uploaded.operation).done:
                time.sleep(0.01)
    return store


def facts(source_ids: Collection[str]) -> dict[str, SourceFacts]:
    """Tell of Alice's sources."""
    return {each: SourceFacts(f"Source {each[-1]}", "text") for each in source_ids if each in HELD}


def ask(service: Gemini, store: str, question: str = QUESTION, **asked: Any) -> Heard:
    """Ask and hear the whole answer."""
    asked = {"mode": "balanced", "refusal": REFUSAL} | asked
    return Heard(GeminiEngine(service, store, facts), Asked(question, **asked))


class Heard:
    """An answer that was heard to its end."""

    def __init__(self, engine: Engine, asked: Asked) -> None:
        self.steps: list[Step] = []
        self.failure: EngineFailed | None = None
        try:
            for step in engine.answer(asked):
                self.steps.append(step)
        except EngineFailed as failure:
            self.failure = failure

    @property
    def text(self) -> str:
        """Return the words."""
        return "".join(step.text for step in self.steps if isinstance(step, Delta))

    @property
    def pieces(self) -> int:
        """Return in how many pieces they came."""
        return sum(isinstance(step, Delta) for step in self.steps)

    @property
    def pauses(self) -> int:
        """Return how often there was nothing to tell."""
        return sum(isinstance(step, Waiting) for step in self.steps)

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """Return what the answer rests on."""
        return next((step.sources for step in self.steps if isinstance(step, Sources)), ())

    @property
    def usage(self) -> Usage:
        """Return what it has taken, as it was told last."""
        return [step for step in self.steps if isinstance(step, Usage)][-1]

    @property
    def finish(self) -> Finish:
        """Return its end."""
        assert self.failure is None, self.failure.hint
        assert isinstance(self.steps[-1], Finish)
        return self.steps[-1]


def readers() -> int:
    """Return how many threads of the client wait for an answer of Gemini's."""
    return sum(thread.name == "gemini" for thread in threading.enumerate())


def listeners(emulator: Emulator) -> int:
    """Return how many answers an emulator is giving that nobody has hung up on."""
    asked = emulator.requests("streamGenerateContent")
    return sum(each["outcome"] == "answering" for each in asked)


def hangs_up(emulator: Emulator, seconds: float) -> bool:
    """Tell whether nobody listens any more after so long at most."""
    patience = time.monotonic() + seconds
    while readers() or listeners(emulator):
        if time.monotonic() > patience:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def dripping(*steps: bytes | float, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve an answer at this address exactly as it is told: bytes are sent, seconds waited."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                if context:
                    connection = context.wrap_socket(connection, server_side=True)
                with connection:
                    hear_out(connection)
                    for step in steps:
                        if isinstance(step, bytes):
                            connection.sendall(step)
                        else:
                            over.wait(step)

        thread = threading.Thread(target=serve, name="dripping")
        thread.start()
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        server.close()
        thread.join(5)


def hear_out(connection: socket.socket) -> None:
    """Take a whole request in: what is left unread when a line is closed resets it."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += connection.recv(65_536)
    top, _, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", top, re.IGNORECASE)
    left = int(length[1]) - len(body) if length else 0
    while left > 0:
        left -= len(connection.recv(65_536))


def head() -> bytes:
    """Return how a streamed answer begins."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def event(**fields: Any) -> bytes:
    """Return one event."""
    return b"data: " + json.dumps(fields).encode() + b"\r\n\r\n"
