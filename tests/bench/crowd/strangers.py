"""Rows of strangers in every table that grows, so that PostgreSQL plans as where many live."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Engine, Table, Uuid, text

from ragwidget.extensions import Base
from ragwidget.models.base import Moment

TABLES = (
    *("daily_numbers", "daily_questions", "daily_pages", "daily_citations", "rollups"),
    *("daily_usage", "daily_budgets", "contact_requests", "audit_entries", "happenings"),
    *("deliveries", "notices", "notes", "identities", "changes", "sightings", "api_calls"),
)
ROWS = 5_000
SETTLED = {"spread_at": "now()"}  # so that no job looks after them


def surround(engine: Engine) -> None:
    """Put as many rows into each table, all of somebody else, and let PostgreSQL learn of them."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # they own nothing
        for name in TABLES:
            table = Base.metadata.tables[name]
            values = {column.name: _value(column) for column in _told(table)}
            names = ", ".join(f'"{column}"' for column in values)
            made = f"SELECT {', '.join(values.values())} FROM generate_series(1, {ROWS}) AS n"
            connection.execute(text(f"INSERT INTO {name} ({names}) {made}"))
        connection.execute(text(f"ANALYZE {', '.join(TABLES)}"))


def _told(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if not one.nullable or one.name in SETTLED]


def _value(column: Column[Any]) -> str:
    if column.name in SETTLED:
        return SETTLED[column.name]
    kind = column.type
    if isinstance(kind, Uuid):
        return f"CAST(md5('{column} ' || n) AS uuid)"
    if isinstance(kind, JSON):
        return "'{}'"
    if isinstance(kind, Boolean):
        return "false"
    if isinstance(kind, Date):
        return "current_date - n % 365"
    if isinstance(kind, Moment):
        return "now() - n * interval '1 minute'"
    return "n" if kind.python_type is int else "'number ' || n"
