"""Letting what was said be found: a few seconds after it, and of all chatbots at once."""

from __future__ import annotations

import threading

from flask import Flask

from ragwidget import conversations
from ragwidget.jobs.queue import call

BEHIND_SECONDS = 5.0


class Bell:
    """Wakes a worker up, once for all that is said until then."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._ringing = threading.Lock()

    def ring_soon(self) -> None:
        """Ring in some seconds; should the queue be away, the next minute's sweep does the work."""
        if not self._ringing.acquire(blocking=False):
            return
        timer = threading.Timer(BEHIND_SECONDS, self._ring)  # nobody waits for a queue that hangs
        timer.daemon = True
        timer.start()

    def _ring(self) -> None:
        self._ringing.release()
        with self._app.app_context():
            call("index_said")


def index_said() -> None:
    """Index what was said since the last time."""
    conversations.index_ended()
