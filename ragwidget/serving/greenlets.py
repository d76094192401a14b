"""gunicorn's gevent worker, which waits only so long for slow senders, and tells when it goes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventWorker

from ragwidget.serving.arrivals import ARRIVAL_SECONDS
from ragwidget.serving.leaving import Leaving

SLOWEST = 20_000  # bytes in a second of what is long


class GreenletWorker(Leaving, GeventWorker):
    """Thousands of waiting answers in one thread; for PostgreSQL only."""

    wsgi: Any

    def load_wsgi(self) -> None:
        """Make the app, and let no body take for ever."""
        super().load_wsgi()
        app = self.wsgi

        def timely(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ["wsgi.input"] = TimelyBody(environ)
            return app(environ, start_response)

        self.wsgi = timely

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to go; what is being answered goes on for a while."""
        super().handle_exit(sig, frame)
        gevent.spawn(self.leave)  # a signal's handler must not wait


class TimelyBody:
    """The body of a request, which has to arrive in time; `TimeoutError` if it does not."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._body = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH") or "0"
        seconds = ARRIVAL_SECONDS + (int(length) if length.isdecimal() else 0) / SLOWEST
        self._until = time.monotonic() + seconds

    def read(self, size: int | None = None) -> bytes:
        """Read as much, or what there is."""
        with gevent.Timeout(self._until - time.monotonic(), TimeoutError):
            return self._body.read(size)

    def readline(self, size: int | None = None) -> bytes:
        """Read a line."""
        with gevent.Timeout(self._until - time.monotonic(), TimeoutError):
            return self._body.readline(size)
