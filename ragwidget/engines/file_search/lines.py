"""An answer as the service's client brings it: in a thread of its own, so that whoever listens is
never stuck, and on a line on which they may hang up at once.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from queue import Empty, SimpleQueue

import httpx2

from ragwidget.engines.file_search.exchange import Heard
from ragwidget.engines.file_search.troubles import ServiceFailed

reading = threading.local()  # the line that a thread reads

Read = Callable[[], Generator[Heard, None, None]]


class ClientLine:
    """What a call brings, piece by piece.

    The reader of a silent line is stuck in its socket until the read times out, which can be
    long after anybody wanted to hear more. To hang up shuts the socket down under it.
    """

    def __init__(self, read: Read) -> None:
        self.over = False
        self.hung_up = False
        self._read = read
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._arrivals: SimpleQueue[Heard | ServiceFailed | None] = SimpleQueue()
        self._trouble: ServiceFailed | None = None
        self._thread = threading.Thread(target=self._pump, name="gemini", daemon=True)

    def hear(self, seconds: float) -> list[Heard] | None:
        """Return all that has come, waiting so long for the first of it; None is the end."""
        if self._thread.ident is None:
            self._thread.start()
        news: list[Heard] = []
        with suppress(Empty):
            while not self.over:
                each = self._arrivals.get(timeout=0 if news else seconds)
                if isinstance(each, Heard):
                    news.append(each)
                else:
                    self._trouble, self.over = each, True
        if self._trouble and not news:
            raise self._trouble
        return None if self.over and not news else news

    def _pump(self) -> None:
        reading.line = self
        try:
            with closing(self._read()) as pieces:
                for piece in pieces:
                    if self.hung_up:
                        return
                    self._arrivals.put(piece)
            self._arrivals.put(None)
        except ServiceFailed as trouble:
            self._arrivals.put(trouble)

    def hang_up(self) -> None:
        """Let the reader come to its end; nothing happens if it has."""
        with self._lock:
            self.hung_up = True
            self._shut_down()

    def open(self, response: httpx2.Response) -> None:
        """Follow a reply that begins."""
        stream = response.extensions.get("network_stream")
        with self._lock:
            self._socket = stream.get_extra_info("socket") if stream else None
            if self.hung_up:
                self._shut_down()

    def let_go(self) -> None:
        """Leave the reply's connection alone: it goes back to where others take it from."""
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # the other side was faster
                self._socket.shutdown(socket.SHUT_RDWR)
