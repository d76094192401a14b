"""gunicorn's threaded worker, which tells its turns when it goes."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from ragwidget.serving.leaving import Leaving


class ThreadWorker(Leaving, GunicornThreadWorker):
    """A thread for every answer; the only right way on SQLite."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections, or not for now; or, on the way out, those who wait and no more."""
        if not self.alive:
            self._take_in_who_waits()
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()
            self.sockets = []
            self.leave()

    def _take_in_who_waits(self) -> None:
        for listener in self.sockets:
            before = -1
            while before < self.nr_conns:
                before = self.nr_conns
                self.accept(listener)

    sockets: list[Any]
