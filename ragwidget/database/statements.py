"""Statements that are written the same on every database."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.extensions import db

_ALONE = {"isolation_level": "AUTOCOMMIT"}
REST = 0.05  # seconds between the commits of a long job: SQLite has one writer at a time


def rows_changed(statement: Update | Delete) -> int:
    """Carry a statement out in the request's session; return how many rows it touched."""
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount


def insert(table: Any) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    dialect = db.session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def each_by_itself() -> None:
    """Let each statement of the request's session stand for itself until `together`.

    Of PostgreSQL only, and where no transaction is under way: to begin and to end one are journeys
    of their own, and a visitor waits for each.
    """
    if db.engine.dialect.name == "postgresql" and not db.session().in_transaction():
        db.session.connection(execution_options=_ALONE)


def together() -> None:
    """Let what follows be one transaction again."""
    if db.session.connection().get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        db.session.commit()
