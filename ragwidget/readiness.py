"""Whether what we need is within reach: looked at by one thread at a time, and not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from functools import cache

import structlog
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from limits.errors import StorageError
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import jobs
from ragwidget.database import reading
from ragwidget.extensions import db, limiter

FRESH_SECONDS = 2.0  # or strangers could make us ask the database as often as they like
PATIENCE_SECONDS = 2.0

log = structlog.get_logger("ragwidget.readiness")

Findings = Mapping[str, float]


class Probe:
    """Looks at something in a thread of its own, so that nobody waits for what hangs."""

    def __init__(self, look: Callable[[], Findings]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._looking: Future[Findings] | None = None
        self._began = 0.0

    def found(self) -> Findings:
        """Return what was found at most a moment ago; nothing, when looking takes too long."""
        with self._lock:
            late = time.monotonic() - self._began > FRESH_SECONDS
            if self._looking is None or (late and self._looking.done()):
                self._looking, self._began = Future(), time.monotonic()
                threading.Thread(
                    target=self._fulfil, args=(self._looking,), name="probe", daemon=True
                ).start()
            looking, left = self._looking, self._began + PATIENCE_SECONDS - time.monotonic()
        try:
            return looking.result(max(0.0, left))
        except TooLate:
            return {}

    def _fulfil(self, looking: Future[Findings]) -> None:
        try:
            looking.set_result(self._look())
        except Exception:
            log.exception("looking failed")
            looking.set_result({})


class Readiness:
    """What this process can reach, and what waits for the jobs."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._database = Probe(self._look_at_database)
        self._counters = Probe(self._look_at_limits)
        self._queue = Probe(self._look_at_queue)
        self._jobs = Probe(self._look_at_jobs)

    def missing(self) -> list[str]:
        """Return what is missing that no question can be answered without.

        Limits are counted in memory and jobs wait when their servers are away: questions are
        answered, and nothing would be better if every machine were taken out of service for it.
        """
        found = self._database.found() or {"database": 0.0}
        return [part for part, reached in found.items() if not reached]

    def parts(self) -> Findings:
        """Return for everything we need whether it is within reach."""
        missing = dict.fromkeys(self.missing(), 0.0)
        return {
            **dict.fromkeys(("database", "migrations"), 1.0),
            **missing,
            "limits": self._counters.found().get("limits", 0.0),
            "queue": self._queue.found().get("queue", 0.0),
        }

    def waiting(self) -> Findings:
        """Return how much waits for the jobs; nothing where that can't be told."""
        return self._jobs.found()

    def _look_at_database(self) -> Findings:
        try:
            with self._app.app_context(), reading(), db.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError:
            return {"database": 0.0}
        return {"database": 1.0, "migrations": float(is_served(self._app, current))}

    def _look_at_limits(self) -> Findings:
        try:
            return {"limits": float(limiter.storage.check())}
        except (StorageError, OSError):
            return {"limits": 0.0}

    def _look_at_queue(self) -> Findings:
        self._app.extensions["huey"].pending_count()
        return {"queue": 1.0}

    def _look_at_jobs(self) -> Findings:
        with self._app.app_context():
            return jobs.waiting()


def is_served(app: Flask, revision: str | None) -> bool:
    """Tell whether this version can work with tables of that revision.

    A revision that it doesn't know is a later version's: both work side by side while a new one
    is brought in.
    """
    head, known = _revisions(app.extensions["migrate"].directory)
    return revision == head or (revision is not None and revision not in known)


@cache
def _revisions(directory: str) -> tuple[str | None, frozenset[str]]:
    script = ScriptDirectory(directory)
    return script.get_current_head(), frozenset(one.revision for one in script.walk_revisions())
