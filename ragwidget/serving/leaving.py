"""How a worker goes: answers that are being written come to their end, or are kept as they are."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

MOMENT = 0.0


class Leaving:
    """What a worker does between being told to go and going; mixed into gunicorn's workers."""

    cfg: Any
    house: Any = None
    jobs: Any = None
    farewell: threading.Thread | None = None

    def leave(self) -> None:
        """Let answers be finished for a while, beside whatever the worker does meanwhile."""
        if self.house and self.farewell is None:
            self.farewell = threading.Thread(target=self._finish, name="leaving", daemon=True)
            self.farewell.start()

    def _finish(self) -> None:
        self.jobs.stop()
        self.house.extensions["turns"].drain(self.house.config["GRACE_SECONDS"])


def end(_arbiter: Any, worker: Any) -> None:
    """Go, when everything is written down; at once, unless answers were given their time."""
    if worker.house:
        if worker.farewell:
            worker.farewell.join()
        else:
            worker.jobs.stop()
            worker.house.extensions["turns"].drain(MOMENT)
    logging.shutdown()
    os._exit(0)  # taking the interpreter apart would take a second more
