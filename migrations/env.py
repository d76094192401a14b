"""How Alembic finds our database, and how a migration is written.

Old and new code run side by side while a migration is carried out and for a while after it, and
nobody is kept waiting. So a migration

- adds: tables, indexes, columns that are nullable or have a server default; what the code of the
  release before still reads or writes is dropped by a release after;
- makes an index of a table that grows with `CREATE INDEX CONCURRENTLY`, in an `autocommit_block`
  before everything else, so that it can be repeated when it is broken off;
- adds columns one by one and never makes a table anew: SQLite would take its children with it;
- fills nothing large itself: a job does, in small commits (`conversations.index_missing`);
- goes back down and leaves what was there before as it was.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from ragwidget.extensions import db

INDEX_TABLES = ("passages_fts", "transcripts_fts")  # made by hand, with FTS5's own beside them
LOCK = 0x72616777  # ours among all who use advisory locks of this database
PATIENCE = "5s"  # what waits for a lock keeps everybody waiting who comes behind it


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Leave the search indexes out of the comparison between models and database."""
    return not (kind in {"table", "index"} and (name or "").startswith(INDEX_TABLES))


def run() -> None:
    """Carry the migrations out, each in a transaction of its own."""
    with db.engine.connect() as connection, alone(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Keep other nodes from migrating the same database meanwhile."""
    if connection.dialect.name == "sqlite":
        with _alone_in_folder(connection.engine.url.database):
            yield
        return
    connection.connection.driver_connection.silence_seconds = None
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
    # asked again and again: who waits in a statement holds up those who build an index
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        connection.commit()
        time.sleep(0.5)
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.execute(text("RESET lock_timeout"))
        connection.commit()


@contextmanager
def _alone_in_folder(file: str | None) -> Iterator[None]:
    """Keep others out of an SQLite: its own lock is let go between two migrations."""
    folder = os.open(Path(file or "").parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


run()
