"""Rows as a backup tells them: in the words of JSON, whatever database they come from."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    LargeBinary,
    Table,
    TypeDecorator,
    Uuid,
    column,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
)
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import TypeEngine

from ragwidget.database import reading
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.models import Source
from ragwidget.models.base import Moment

BATCH = 1000
# what is found by its words: each database has an index of its own make, with the same in it
INDEXES = ("passages_fts", "transcripts_fts")

Row = dict[str, Any]

_TOLD: dict[type, Callable[[Any], str]] = {
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: lambda value: base64.b64encode(value).decode(),
}
_MEANT: dict[type[TypeEngine], Callable[[str], Any]] = {
    Uuid: UUID,
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    LargeBinary: base64.b64decode,
}


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Lend a connection that sees the database as it is now, whoever goes on writing."""
    with reading(), db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


def read(connection: Connection) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield every table's name and its rows; each is to be read before the next."""
    for table in _tables():
        found = connection.execution_options(yield_per=BATCH).execute(_in_order(table))
        yield table.name, (_told(row._mapping) for row in found)


def originals(connection: Connection) -> list[str]:
    """Return the keys of the files that were uploaded."""
    return list(
        connection.scalars(select(Source.original).distinct().where(Source.original.is_not(None)))
    )


def inhabited() -> bool:
    """Tell whether anything is in the database."""
    with db.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        return any(
            connection.scalar(select(select(literal(1)).select_from(table).exists()))
            for table in db.metadata.sorted_tables
            if table.name in there
        )


def write(
    connection: Connection, rows_of: Callable[[str], Iterable[Row]], counts: dict[str, int]
) -> None:
    """Put rows in the place of those that are there; refuse what is not as it was counted."""
    tables = _tables()
    if missing := {table.name for table in tables} ^ counts.keys():
        raise Misconfigured(f"The backup and this version differ in {', '.join(sorted(missing))}.")
    for table in reversed(tables):
        connection.execute(delete(table))
    for table in tables:
        rows = (_meant(table, row) for row in rows_of(table.name))
        while batch := list(islice(rows, BATCH)):
            connection.execute(insert(table), batch)
        if connection.scalar(select(func.count()).select_from(table)) != counts[table.name]:
            raise Misconfigured(f"The backup does not have all rows of {table.name}.")
    for counted in db.metadata.sorted_tables:
        _count_on(connection, counted)


def _tables() -> list[TableClause]:
    """Return every table behind those it refers to."""
    indexes = [TableClause(name, column("rowid"), column("terms")) for name in INDEXES]
    return [*map(_plain, db.metadata.sorted_tables), *indexes]


def _plain(table: Table) -> TableClause:
    """Return a table whose values are told as they lie there, whatever Python makes of them."""
    return TableClause(table.name, *(column(each.name, _bare(each.type)) for each in table.columns))


def _bare(kind: TypeEngine) -> TypeEngine:
    if isinstance(kind, TypeDecorator) and not isinstance(kind, Moment):
        return kind.impl_instance
    return kind


def _in_order(table: TableClause) -> Any:
    """Select rows behind those they refer to in their own table, as answers do to questions."""
    model = db.metadata.tables.get(table.name)
    own = [
        key.parent.name
        for key in (model.foreign_keys if model is not None else ())
        if key.column.table is model
    ]
    return select(table).order_by(*(table.columns[name].is_not(None) for name in own))


def _told(row: Any) -> Row:
    return {
        name: told(value) if (told := _TOLD.get(type(value))) else value
        for name, value in row.items()
    }


def _meant(table: TableClause, row: Row) -> Row:
    return {
        column.name: value
        if (value := row[column.name]) is None or (meant := _meaning(column.type)) is None
        else meant(value)
        for column in table.columns
    }


def _meaning(kind: TypeEngine) -> Callable[[str], Any] | None:
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    return next((meant for known, meant in _MEANT.items() if isinstance(kind, known)), None)


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL count on behind the numbers that were given by hand, as SQLite does."""
    counter = table.autoincrement_column
    if counter is not None and connection.dialect.name == "postgresql":
        number = func.coalesce(func.max(counter), 0) + 1
        sequence = func.pg_get_serial_sequence(table.name, counter.name)
        connection.execute(select(func.setval(sequence, select(number).scalar_subquery(), False)))
