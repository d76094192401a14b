"""Rows in every table that there is."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Enum, MetaData, insert
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary

from ragwidget.extensions import Base, db

INDEXES = ("passages_fts", "transcripts_fts")


def move_in(tables: MetaData) -> None:
    """Put two rows into each table, as code does that knows no other columns than these."""
    with db.engine.begin() as connection:
        for _ in range(2):
            made: dict[str, dict[str, Any]] = {}
            for table in tables.sorted_tables:
                if table.name != "alembic_version":
                    made[table.name] = row = {
                        column.name: value
                        for column in table.columns
                        for value in [value_of(column, made)]
                        if not (column.primary_key and isinstance(column.type, Integer))
                        or column.foreign_keys
                    }
                    done = connection.execute(insert(table).values(row))
                    if "id" in table.columns and "id" not in row:
                        row["id"] = done.inserted_primary_key[0]


def value_of(column: Column[Any], made: dict[str, dict[str, Any]]) -> Any:
    """Return what may stand in a column, beside the rows that were made before."""
    for key in column.foreign_keys:
        parent = key.column
        return made.get(parent.table.name, {}).get(parent.name)
    kept_by = Base.metadata.tables[column.table.name].columns.get(column.name)
    if kept_by is not None and isinstance(kept_by.type, Enum):
        return kept_by.type.enums[0]
    if kept_by is not None and kept_by.type.python_type is type(uuid4()):
        return uuid4() if db.engine.dialect.name == "postgresql" else uuid4().hex
    if isinstance(column.type, LargeBinary):
        return uuid4().bytes
    for kind, value in VALUES.items():
        if isinstance(column.type, kind):
            return value
    length = getattr(column.type, "length", None) or 60
    return (f"{column.name} {uuid4().hex}")[-min(length, 60) :]


VALUES: dict[type, Any] = {
    Boolean: True,
    Integer: 7,
    Float: 0.5,
    JSON: ["something"],
    DateTime: datetime(2026, 11, 21, 12, tzinfo=UTC),
    Date: datetime(2026, 11, 21, tzinfo=UTC).date(),
}
