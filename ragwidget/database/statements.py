"""Statements that are written the same on every database."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.extensions import db

REST = 0.05  # seconds between the commits of a long job: SQLite has one writer at a time


def rows_changed(statement: Update | Delete) -> int:
    """Carry a statement out in the request's session; return how many rows it touched."""
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount


def insert(table: Any) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    dialect = db.session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)
