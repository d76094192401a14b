"""The queue: what wakes workers up. It may lose a message; the sweep finds what the rows say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.api import Task
from huey.consumer import Consumer
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.contextvars import bind_contextvars, clear_contextvars

from ragwidget import metrics
from ragwidget.database import patient

log = structlog.get_logger("ragwidget.jobs")


class Worker(Consumer):
    """huey's consumer, without hands on the signals of the process it lives in."""

    def _set_signal_handlers(self) -> None:
        pass


def make(url: str, instance: str) -> Huey:
    """Return the queue at an address: PostgreSQL's, Redis's, or else one of SQLite's."""
    if url.startswith("postgresql"):
        return PostgresHuey("ragwidget", dsn=url.replace("+psycopg", ""), results=False)
    if url.startswith(("redis", "valkey")):
        lines = ConnectionPool.from_url(
            url.replace("valkey", "redis", 1),
            socket_connect_timeout=2,
            socket_timeout=3,  # more than a worker waits for the next message
            retry=Retry(NoBackoff(), 1),
        )
        return RedisHuey("ragwidget", connection_pool=lines, results=False)
    return SqliteHuey("ragwidget", filename=str(Path(instance) / "queue.db"), results=False)


def in_app(app: Flask, work: Callable[..., Any]) -> Callable[..., None]:
    """Return the same work with the app around it, under the same name."""

    def run(*arguments: Any, task: Task | None = None) -> None:
        clear_contextvars()
        bind_contextvars(job=work.__name__, job_id=task.id if task else None)
        with app.app_context(), patient(), counted(work.__name__):
            work(*arguments)

    run.__name__ = work.__name__
    return run


@contextmanager
def counted(name: str) -> Iterator[None]:
    """Count a job, how it ended and how long it took."""
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        metrics.JOBS(name=name, outcome=outcome).inc()
        metrics.JOB(name=name).observe(time.perf_counter() - began)


def tell(task: str, row_id: UUID, after: timedelta = timedelta()) -> None:
    """Wake a worker up for a row. Should the queue be away, the sweep will find it."""
    call(task, str(row_id), after=after)


def call(task: str, *arguments: str, after: timedelta = timedelta()) -> None:
    """Have a worker do something that it would do in time by itself, too."""
    try:
        job = current_app.extensions[task]
        if after:
            job.schedule(arguments, delay=after.total_seconds())
        else:
            job(*arguments)
    except Exception:
        metrics.QUEUE_AWAY().inc()
        log.exception("the queue is out of reach", task=task, arguments=arguments)
