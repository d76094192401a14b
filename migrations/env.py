"""How Alembic finds our database and tells our tables from those a search index makes."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from ragwidget.extensions import db

INDEX_TABLES = "passages_fts"  # made by hand in migration 0002, with FTS5's own tables beside it


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Leave the search index out of the comparison between models and database."""
    return not (kind in {"table", "index"} and (name or "").startswith(INDEX_TABLES))


def run() -> None:
    """Carry the migrations out, each in a transaction of its own."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
