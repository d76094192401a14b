"""How a worker goes: answers that are being written come to their end, or are kept as they are."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any


class Leaving:
    """What a worker does between being told to go and going; mixed into gunicorn's workers."""

    cfg: Any
    house: Any = None
    jobs: Any = None
    leave_by = 0.0

    def leave(self) -> None:
        """Give answers their time to be finished, beside whatever the worker does meanwhile."""
        if self.house and not self.leave_by:
            grace = self.house.config["GRACE_SECONDS"]
            self.leave_by = time.monotonic() + grace
            self.jobs.stop()
            threading.Thread(target=self._last_words, args=(grace,), daemon=True).start()

    def _last_words(self, grace: float) -> None:
        time.sleep(grace)
        self.house.extensions["turns"].drain(0.0)


def end(_arbiter: Any, worker: Any) -> None:
    """Go, when everything is written down; at once, unless answers were given their time."""
    if worker.house:
        worker.jobs.stop()
        worker.house.extensions["turns"].drain(worker.leave_by - time.monotonic())
    from ragwidget import tracing

    tracing.flush()
    logging.shutdown()
    os._exit(0)  # taking the interpreter apart would take a second more
