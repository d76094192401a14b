"""A service that streams Gemini's events, a thousand at once for a fraction of a core.

`python -m bench.loading.model` prints its port, and ends with its standard input.
"""

from __future__ import annotations

import heapq
import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from functools import cache

from bench.loading.pace import CHUNK_SECONDS, CHUNKS, FIRST_SECONDS, stamped

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Disposition: attachment\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@dataclass(slots=True)
class Answer:
    """One connection, and how far its answer is."""

    connection: socket.socket
    asked: bytes = b""
    said: int = 0


class Model:
    """Answers whatever it is asked with the same number of events."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Answer]] = []
        self._count = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Answer until standard input ends."""
        while True:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            for key, _ in self._selector.select(wait):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is sys.stdin:
                    return
                else:
                    self._hear(key.data)
            while self._due and self._due[0][0] <= time.monotonic():
                due, _, answer = heapq.heappop(self._due)
                self._say(due, answer)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ, Answer(connection))

    def _hear(self, answer: Answer) -> None:
        try:
            piece = answer.connection.recv(65_536)
        except ConnectionError:
            piece = b""
        if not piece:
            self._selector.unregister(answer.connection)
            answer.connection.close()
            return
        answer.asked += piece
        head, _, body = answer.asked.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length and len(body) >= int(length[1]):
            answer.asked, answer.said = b"", 0
            self._plan(time.monotonic() + FIRST_SECONDS, answer)

    def _plan(self, due: float, answer: Answer) -> None:
        self._count += 1
        heapq.heappush(self._due, (due, self._count, answer))

    def _say(self, due: float, answer: Answer) -> None:
        if answer.connection.fileno() < 0:
            return
        answer.said += 1
        last = answer.said > CHUNKS
        before, after = _around(answer.said, last=last)
        event = b"data: %b%b%b\r\n\r\n" % (before, b"" if last else stamped().encode(), after)
        begun = _HEAD if answer.said == 1 else b""
        ended = b"0\r\n\r\n" if last else b""
        try:
            answer.connection.send(b"%b%x\r\n%b\r\n%b" % (begun, len(event), event, ended))
        except OSError:  # it hung up, which is heard next
            return
        if not last:
            # the end comes with the last words, as the service's own does
            self._plan(due if answer.said == CHUNKS else due + CHUNK_SECONDS, answer)


@cache
def _around(number: int, *, last: bool) -> tuple[bytes, bytes]:
    """Return what an event says before its words and behind them."""
    before, _, after = json.dumps(_event(number, last=last)).encode().partition(b"WORDS")
    return before, after


def _event(number: int, *, last: bool) -> dict[str, object]:
    said: dict[str, object] = {
        "content": {"parts": [{"text": "WORDS"}], "role": "model"},
        "index": 0,
    }
    if last:
        said["finishReason"] = "STOP"
    return {
        "candidates": [said],
        "usageMetadata": {
            "promptTokenCount": 320,
            "candidatesTokenCount": 9 * number,
            "totalTokenCount": 320 + 9 * number,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 320}],
        },
        "modelVersion": "gemini-3.8-flash",
        "responseId": "0hkqacGsFZXjz7IPwIXNwA8",
    }


if __name__ == "__main__":
    model = Model()
    print(model.port, flush=True)
    model.serve()
