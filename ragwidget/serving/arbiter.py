"""gunicorn's arbiter, with patience on a reload."""

from __future__ import annotations

import signal
import time
from typing import Any

from gunicorn import arbiter
from gunicorn.errors import HaltServer

BOOT_SECONDS = 60


class Arbiter(arbiter.Arbiter):
    """Lets old workers go when the new ones serve, and keeps them when those can't."""

    def manage_workers(self) -> None:
        """Have as many workers as there should be, the newest that serve."""
        newest = self._by_age()[-self.num_workers :]
        if len(self.WORKERS) > self.num_workers and not self._come_up(newest):
            for worker in newest:
                self.kill_worker(worker.pid, signal.SIGKILL)
            self.log.error("What was reloaded does not start; the earlier one goes on.")
            return
        super().manage_workers()

    def _come_up(self, workers: list[Any]) -> bool:
        until = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < until:
            try:
                self.reap_workers()
            except HaltServer:
                return False
            if any(worker.pid not in self.WORKERS for worker in workers):
                return False
            if all(_serves(worker) for worker in workers):
                return True
            time.sleep(0.05)
        return False

    def _by_age(self) -> list[Any]:
        return sorted(self.WORKERS.values(), key=lambda worker: worker.age)


def _serves(worker: Any) -> bool:
    """Tell whether a worker has given its first sign, which carries the time since the start."""
    sign: float = worker.tmp.last_update()
    return sign <= time.monotonic()
