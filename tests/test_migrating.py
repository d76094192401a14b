"""A migration stops nobody: it keeps what is there, and the release before goes on beside it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from databases import SECRET, Databases, PostgreSQL
from flask import Flask
from flask_migrate import downgrade, upgrade
from live import eventually
from sharing import instance_in
from sqlalchemy import Column, Enum, MetaData, insert, select
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary

from ragwidget.extensions import Base, db

RELEASED = "0005"  # where the database of the release before this one is
INDEXES = ("passages_fts", "transcripts_fts")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def released(databases: Databases, make_app: Callable[..., Flask]) -> Any:
    """The app on a database of the release before, with something in each of its tables."""
    app = make_app(databases.empty())
    with app.app_context():
        upgrade(revision=RELEASED)
        tables = MetaData()
        tables.reflect(db.engine, only=lambda name, _: not name.startswith(INDEXES))
        move_in(tables)
        yield tables


def test_it_keeps_everything_on_its_way_up_and_down(released: MetaData) -> None:
    before = contents(released)
    assert all(before.values())
    upgrade()
    up = contents(released)
    downgrade(revision=RELEASED)

    assert without_version(up) == without_version(before)
    assert contents(released) == before


def test_the_release_before_reads_and_writes_beside_this_one(released: MetaData) -> None:
    upgrade()
    move_in(released)

    for name, rows in contents(released).items():
        assert len(rows) == (1 if name == "alembic_version" else 4), name
    for mapper in Base.registry.mappers:
        assert db.session.scalars(select(mapper.class_)).first() or mapper.local_table.name not in (
            released.tables
        )
    db.session.rollback()
    downgrade(revision=RELEASED)


def test_nodes_that_migrate_at_once_do_not_disturb_each_other(
    databases: Databases, tmp_path: Path
) -> None:
    address = databases.empty()
    with ExitStack() as until_end:
        nodes = [until_end.enter_context(migrating(address, tmp_path)) for _ in range(3)]
        for node in nodes:
            _, said = node.communicate(timeout=60)
            assert node.returncode == 0, said


@pytest.mark.postgresql
def test_others_write_while_an_index_is_made(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    address = postgresql.copy()
    with make_app(address).app_context():
        downgrade(revision=RELEASED)
    place = address.replace("+psycopg", "")
    rename = "UPDATE chatbots SET name = name || '!' WHERE name LIKE %s"
    making = (
        "SELECT phase FROM pg_stat_progress_create_index"
        " WHERE relid = 'chatbots'::regclass AND phase LIKE 'waiting%'"
    )
    with psycopg.connect(place) as slow, psycopg.connect(place, autocommit=True) as quick:
        slow.execute(rename, ["Alice%"])
        with migrating(address, tmp_path) as node:
            eventually(lambda: quick.execute(making).fetchone() or node.poll() is not None)
            assert node.poll() is None

            quick.execute("SET lock_timeout = '2s'")
            quick.execute(rename, ["Bob%"])
            slow.commit()

            _, said = node.communicate(timeout=60)
            assert node.returncode == 0, said
    postgresql.forget()


@contextmanager
def migrating(address: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a node that migrates this database, and lend it until the end of the block."""
    settings = {"SECRET_KEY": SECRET, "DATABASE_URL": address, "INSTANCE": str(instance_in(folder))}
    with subprocess.Popen(
        [sys.executable, "-m", "ragwidget.cli", "migrate"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **{f"RAGWIDGET_{name}": value for name, value in settings.items()},
        },
        stderr=subprocess.PIPE,
        text=True,
    ) as node:
        try:
            yield node
        finally:
            node.kill()


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


def contents(tables: MetaData) -> dict[str, list[str]]:
    """Return every row of these tables, in the columns that they are known by."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in tables.sorted_tables
        }


def without_version(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the rows without the one that tells the migration."""
    return {name: kept for name, kept in rows.items() if name != "alembic_version"}


VALUES: dict[type, Any] = {
    Boolean: True,
    Integer: 7,
    Float: 0.5,
    JSON: ["something"],
    DateTime: datetime(2026, 11, 21, 12, tzinfo=UTC),
    Date: datetime(2026, 11, 21, tzinfo=UTC).date(),
}
