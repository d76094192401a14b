"""A migration stops nobody: it keeps what is there, and the release before goes on beside it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from databases import SECRET, Databases, PostgreSQL, SQLite
from filling import INDEXES, move_in
from flask import Flask
from flask_migrate import downgrade, upgrade
from live import eventually
from sharing import instance_in
from sqlalchemy import MetaData, event, select
from test_migrations import differences

from ragwidget.extensions import Base, db

RELEASED = "0005"  # where the database of the release before this one is
ROOT = Path(__file__).parents[1]
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX .* ON (?P<table>\w+)")


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
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    upgrade()
    up = contents(released)
    downgrade(revision=RELEASED)

    made = [INDEX.search(each) for each in said]
    of_old = [each for each in made if each and each["table"] in released.tables]
    assert len(of_old) >= 8
    for index in of_old:
        beside = "CONCURRENTLY" in index[0] or db.engine.dialect.name == "sqlite"
        assert beside, f"others wait while it is made: {index[0]}"

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


def test_who_migrates_an_sqlite_keeps_others_out_between_two_migrations_too(
    sqlite: SQLite, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    address = sqlite.empty()
    with make_app(address).app_context(), migrating(address, tmp_path) as other:
        event.listen(db.engine, "begin", lambda _: time.sleep(0.8), insert=True)
        upgrade()
        _, said = other.communicate(timeout=60)
    assert other.returncode == 0, said


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


@pytest.mark.postgresql
def test_what_was_broken_off_is_carried_out_by_another_try(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands before an index that others write beside is kept, although its version is not."""
    broken_off: list[str | None] = []
    to_itself = MigrationContext.autocommit_block

    @contextmanager
    def plug_pulled(context: MigrationContext) -> Iterator[None]:
        version = context.get_current_revision()
        with to_itself(context):
            if version not in broken_off:
                broken_off.append(version)
                raise PlugPulled
            yield

    monkeypatch.setattr(MigrationContext, "autocommit_block", plug_pulled)
    with make_app(postgresql.empty()).app_context():
        while not has_migrated():
            pass

        assert len(broken_off) > 5
        assert differences() == []
    postgresql.forget()


def has_migrated() -> bool:
    try:
        upgrade()
    except PlugPulled:
        return False
    return True


class PlugPulled(Exception):
    """Somebody pulls the plug."""


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
