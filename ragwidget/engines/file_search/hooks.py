"""What happens around each call of the HTTP client that the service's own client uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import httpx2

from ragwidget.engines.file_search import lines, troubles
from ragwidget.engines.file_search.exchange import MOST_MEGABYTES


def stay_home(base_url: str, request: httpx2.Request) -> None:
    """Send nothing to another host than the service's own.

    The client uploads files to any address that the service names.
    """
    home, there = httpx2.URL(base_url), request.url
    if (there.scheme, there.host, there.port) != (home.scheme, home.host, home.port):
        raise troubles.elsewhere(f"{there.scheme}://{there.netloc.decode()}")


def hurry(connect_seconds: float, request: httpx2.Request) -> None:
    """Give up early on a network that isn't there.

    The client knows one clock for everything, and an answer may need a longer one.
    """
    seconds: dict[str, float | None] = request.extensions["timeout"]
    for step in ("connect", "pool"):
        seconds[step] = min(seconds[step] or connect_seconds, connect_seconds)


def asked(request: httpx2.Request) -> None:
    """Ask nothing more for a line that was hung up.

    A client that takes up a broken answer where it was would otherwise go on with it for nobody.
    """
    line: lines.ClientLine | None = getattr(lines.reading, "line", None)
    if line is not None and line.hung_up:
        raise httpx2.ReadError("Nobody listens any more.", request=request)


def opened(response: httpx2.Response) -> None:
    """Set bounds to a reply, and tell of it the line that this thread reads."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):  # a few bytes of it could be many, and we asked for none
        raise troubles.garbled(f"a reply packed as {coding}")
    line: lines.ClientLine | None = getattr(lines.reading, "line", None)
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
