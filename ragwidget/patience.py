"""Connections that a silent PostgreSQL can't keep a thread in, and that let go of a dead one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event

from ragwidget.extensions import is_patient

SILENCE_SECONDS = 20.0  # longer than the server itself lets a statement take

RV = TypeVar("RV")


class Connection(psycopg.Connection[Any]):
    """A connection that gives up on a server that says nothing at all."""

    silence_seconds: float | None = SILENCE_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for what the server says."""
        bound = None if is_patient() else self.silence_seconds
        try:
            return super().wait(gen, interval, timeout or bound)
        except psycopg.errors._WaitTimeout as problem:
            if timeout:
                raise
            self.pgconn.finish()  # whatever it says now would be taken for another answer
            raise psycopg.OperationalError("the server is silent") from problem

    def rollback(self) -> None:
        """Take back what was begun, as the server does by itself when the line is lost."""
        with suppress(psycopg.OperationalError):
            super().rollback()


def bound(engine: Engine) -> None:
    """Give an engine connections of this kind."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Connection:
        return Connection.connect(*arguments, **options)
