"""The jobs of one installation, run by one of its web processes."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from ragwidget.jobs import Worker

READERS = 4  # so that long files and slow uploads do not keep everybody waiting


class EmbeddedJobs:
    """The jobs beside the requests, once in an instance folder however many serve from it.

    Whoever holds the lock runs them. The others wait for it, and one takes over when its holder
    goes, however it goes.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = (Path(app.instance_path) / "jobs.lock").open("a")
        self._worker: Worker | None = None
        self._over = False

    def begin(self) -> None:
        """Run the jobs as soon as nobody else does."""
        threading.Thread(target=self._take_over, name="jobs", daemon=True).start()

    def stop(self) -> None:
        """Take no more of them, and leave the rest to whoever comes next."""
        self._over = True
        if self._worker:
            self._worker.stop()
        self._lock.close()

    def _take_over(self) -> None:
        from ragwidget import jobs

        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if not self._over:
            self._worker = jobs.start_worker(self._app, READERS)
