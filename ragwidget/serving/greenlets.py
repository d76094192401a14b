"""gunicorn's gevent worker, which tells its turns when it goes."""

from __future__ import annotations

from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventWorker

from ragwidget.serving.leaving import Leaving


class GreenletWorker(Leaving, GeventWorker):
    """Thousands of waiting answers in one thread; for PostgreSQL only."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to go; what is being answered goes on for a while."""
        super().handle_exit(sig, frame)
        gevent.spawn(self.leave)  # a signal's handler must not wait
