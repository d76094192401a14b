"""Visitors who ask, read the answer to its end, and ask again, each over a new connection.

`python -m bench.loading.visitors PORT BODY COUNT SECONDS TURN_SECONDS` lets them come one by one
over the length of a turn, watches them for so many seconds, and prints what they saw as JSON.
"""

from __future__ import annotations

import heapq
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from uuid import uuid4

from bench.loading.pace import FIRST_SECONDS, STAMP

PAUSE = 1.0  # seconds after an error
_KEPT = 24  # bytes in which a stamp may be cut
_REQUEST = (
    b"POST /api/v1/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    b"X-Forwarded-For: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)


@dataclass(slots=True)
class Seen:
    """What the visitors saw while they were watched."""

    added: list[float] = field(default_factory=list)  # ms until the first text
    lags: list[float] = field(default_factory=list)  # ms between what is said and what is read
    chunks: int = 0
    turns: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def fail(self, why: str) -> None:
        """Count an error."""
        self.errors[why] = self.errors.get(why, 0) + 1


@dataclass(slots=True)
class Visitor:
    """One who reads."""

    connection: socket.socket
    asked_at: float
    tail: bytes = b""
    begun: bool = False
    heard_at: float = 0.0


class Crowd:
    """All of them, in one thread."""

    def __init__(self, port: int, body: str) -> None:
        self._port = port
        self._body = json.loads(body)
        self._asked = 0
        self._selector = selectors.DefaultSelector()
        self._coming: list[float] = []
        self.seen = Seen()
        self.watching = False

    def come(self, count: int, over_seconds: float) -> None:
        """Let so many come, one after the other."""
        now = time.monotonic()
        for number in range(count):
            heapq.heappush(self._coming, now + over_seconds * number / count)

    def go_on(self, seconds: float) -> None:
        """Let them ask and read for so long."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            while self._coming and self._coming[0] <= now:
                heapq.heappop(self._coming)
                self._ask()
            then = min(until, self._coming[0]) if self._coming else until
            for key, _ in self._selector.select(max(0.0, then - now)):
                self._read(key.data)

    def _ask(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        visitor = Visitor(connection, time.monotonic())
        self._asked += 1  # each from an address of its own, for addresses have their limits
        address = b"10.%d.%d.%d" % (self._asked >> 16, self._asked >> 8 & 255, self._asked & 255)
        told = json.dumps(self._body | {"message_id": str(uuid4())}).encode()  # as the widget does
        connection.sendall(_REQUEST % (address, len(told), told))
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, visitor)

    def _read(self, visitor: Visitor) -> None:
        try:
            piece = visitor.connection.recv(65_536)
        except ConnectionError:
            piece = b""
        now = time.monotonic()
        if not piece:
            self._leave(visitor)
            return
        if not visitor.heard_at and not piece.startswith(b"HTTP/1.1 200"):
            visitor.tail = piece
            self._leave(visitor)
            return
        if self.watching:
            self._watch(visitor, visitor.tail + piece, now)
        elif STAMP.search(piece):
            visitor.begun = True
        visitor.tail = piece[-_KEPT:] if b"@" in piece[-_KEPT:] else b""
        visitor.heard_at = now
        if b"event: done" in piece or b"event: error" in piece:
            visitor.tail = piece
            self._leave(visitor)

    def _watch(self, visitor: Visitor, text: bytes, now: float) -> None:
        stamps = STAMP.findall(text)
        if stamps and not visitor.begun:
            visitor.begun = True
            self.seen.added.append(1000 * (now - visitor.asked_at - FIRST_SECONDS))
        self.seen.chunks += len(stamps)
        self.seen.lags += [1000 * (now - float(stamp)) for stamp in stamps]

    def _leave(self, visitor: Visitor) -> None:
        self._selector.unregister(visitor.connection)
        visitor.connection.close()
        done = b"event: done" in visitor.tail
        if self.watching and done:
            self.seen.turns += 1
        elif self.watching:
            self.seen.fail(visitor.tail[:34].decode(errors="replace") or "closed")
        heapq.heappush(self._coming, time.monotonic() + (0 if done else PAUSE))


def main() -> None:
    """Come, settle down, watch, and tell."""
    port, body, count, seconds, turn_seconds = sys.argv[1:]
    crowd = Crowd(int(port), body)
    crowd.come(int(count), float(turn_seconds))
    crowd.go_on(float(turn_seconds) + 2)
    crowd.watching = True
    print("watching", flush=True)
    crowd.go_on(float(seconds))
    seen = crowd.seen
    print(
        json.dumps(
            {
                "added": seen.added,
                "lags": seen.lags,
                "chunks": seen.chunks,
                "turns": seen.turns,
                "errors": seen.errors,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
