"""Connections that a silent PostgreSQL can't keep a thread in, and that let go of a dead one."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

from ragwidget.database import greenlets
from ragwidget.database.transactions import is_patient

SILENCE_SECONDS = 20.0  # longer than the server itself lets a statement take
REST_SECONDS = 0.2  # after which a connection may have died unnoticed

RV = TypeVar("RV")


class Connection(psycopg.Connection[Any]):
    """A connection that gives up on a server that says nothing at all."""

    silence_seconds: float | None = SILENCE_SECONDS
    used_at = 0.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for what the server says."""
        bound = None if is_patient() else self.silence_seconds
        try:
            return self._wait(gen, interval, timeout or bound)
        except psycopg.errors._WaitTimeout as problem:
            if timeout:
                raise
            self.pgconn.finish()  # whatever it says now would be taken for another answer
            raise psycopg.OperationalError("the server is silent") from problem
        except psycopg.errors.IdleInTransactionSessionTimeout as problem:
            # the driver takes it for a fault of its own, and it is a line that broke
            raise psycopg.OperationalError("the server hung up on who did nothing") from problem

    def _wait(self, gen: PQGen[RV], interval: float, timeout: float | None) -> RV:
        return super().wait(gen, interval, timeout)

    def rollback(self) -> None:
        """Take back what was begun, as the server does by itself when the line is lost."""
        with suppress(psycopg.OperationalError):
            super().rollback()


class GreenletConnection(Connection):
    """The same where all that waits is in one thread."""

    def _wait(self, gen: PQGen[RV], interval: float, timeout: float | None) -> RV:
        return greenlets.wait(gen, self.pgconn.socket, timeout)


def bound(engine: Engine) -> None:
    """Give an engine connections of this kind, and let it take up none that has died.

    To ask each whether it lives would be one more journey before every transaction. One that was
    in use a moment ago is believed; who is wrong about it hears what they would have heard if it
    had died a moment later.
    """
    kind = GreenletConnection if greenlets.in_greenlets() else Connection

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Connection:
        made = kind.connect(*arguments, **options)
        made.used_at = time.monotonic()
        return made

    @event.listens_for(engine, "checkin")
    def note(connection: Connection | None, _record: Any) -> None:
        if connection is not None:
            connection.used_at = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, _record: Any, _fairy: Any) -> None:
        if time.monotonic() - connection.used_at < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as problem:
            raise InvalidatePoolError from problem
