"""A streamed reply on which another thread than its reader may hang up, at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from typing import Generic, TypeVar, cast

import httpx2

from ragwidget.engines.file_search import troubles

MOST_MEGABYTES = 8  # of a reply; the longest answer with all its passages is a fraction of that

T = TypeVar("T")

_reading = threading.local()


class Line(Generic[T]):
    """What a call brings, piece by piece; read it once, in one thread.

    The reader of a silent line is stuck in its socket until the read times out, which can be
    long after anybody wanted to hear more. To hang up shuts the socket down under it.
    """

    def __init__(self, read: Callable[[], Generator[T, None, None]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.hung_up = False

    def __iter__(self) -> Generator[T, None, None]:
        if self.hung_up:
            return
        _reading.line = self
        try:
            with closing(self._read()) as pieces:
                for piece in pieces:
                    if self.hung_up:
                        return
                    yield piece
        finally:
            _reading.line = None

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


def asked(request: httpx2.Request) -> None:
    """Ask nothing more for a line that was hung up; a hook of the HTTP client's.

    A client that takes up a broken answer where it was would otherwise go on with it for nobody.
    """
    line: Line | None = getattr(_reading, "line", None)
    if line is not None and line.hung_up:
        raise httpx2.ReadError("Nobody listens any more.", request=request)


def opened(response: httpx2.Response) -> None:
    """Set bounds to a reply, and tell of it the line that this thread reads; a hook as well."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):  # a few bytes of it could be many, and we asked for none
        raise troubles.garbled(f"a reply packed as {coding}")
    line: Line | None = getattr(_reading, "line", None)
    response.stream = _Followed(
        cast(httpx2.SyncByteStream, response.stream), line.let_go if line else lambda: None
    )
    if line is not None:
        line.open(response)


class _Followed(httpx2.SyncByteStream):
    """A reply's bytes, so many at most; says when its connection is about to be given back."""

    def __init__(self, stream: httpx2.SyncByteStream, on_close: Callable[[], None]) -> None:
        self._stream = stream
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        left = MOST_MEGABYTES * 1_000_000
        for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise troubles.too_much(f"a reply of more than {MOST_MEGABYTES} MB")
            yield piece

    def close(self) -> None:
        self._on_close()
        self._stream.close()
