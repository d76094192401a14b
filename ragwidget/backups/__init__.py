"""All that an installation knows, in one file, and back: rows, and the originals of its sources.

Rows are written in their own words and not a database's, so what was kept in SQLite can be put back
into PostgreSQL, too. What is not in it: the settings, and above all `SECRET_KEY`, without which
nobody opens the keys and second factors that are sealed in the rows.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade

from ragwidget.backups import archive, tables
from ragwidget.backups.archive import Contents
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.library import OriginalMissing, Originals
from ragwidget.models import now

__all__ = ["Contents", "back_up", "restore"]


def back_up(app: Flask, path: Path) -> Contents:
    """Write everything into a new file as it is at this moment, while the house goes on.

    The originals are copied behind the rows: what is deleted meanwhile is missing, and only that.
    """
    originals: Originals = app.extensions["originals"]
    with archive.write(path) as file:
        counts: dict[str, int] = {}
        with tables.snapshot() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision != (head := _head(app)):
                raise Misconfigured(
                    f"The tables are at {revision}, not {head}: run `ragwidget migrate` first."
                )
            for name, rows in tables.read(connection):
                counts[name] = file.write_rows(name, rows)
            keys = tables.originals(connection)
        kept = 0
        for key in keys:
            with suppress(OriginalMissing), originals.opened(key) as original:
                file.write_original(key, original)
                kept += 1
        contents = Contents(revision, now(), counts, kept)
        file.seal(contents)
    return contents


def restore(app: Flask, path: Path, *, replace: bool = False) -> Contents:
    """Put back what a backup holds: all of it or nothing.

    Refuses to touch a database in which somebody lives, unless it is told to `replace` it.
    """
    originals: Originals = app.extensions["originals"]
    with archive.read(path) as file:
        contents = file.contents
        if contents.revision != (head := _head(app)):
            raise Misconfigured(
                f"{path} was made at revision {contents.revision}, this version expects {head}. "
                "Restore it with the version that made it, then update and run `ragwidget migrate`."
            )
        if not replace and tables.inhabited():
            raise Misconfigured(
                f"There is data in {db.engine.url.render_as_string()} already. "
                "With --replace, all of it gives way to the backup."
            )
        upgrade()
        for organization, source in file.originals():
            with file.open_original(organization, source) as data:
                originals.keep(organization, source, data, sys.maxsize)
        with db.engine.begin() as connection:
            tables.write(connection, file.rows, contents.tables)
    return contents


def _head(app: Flask) -> str | None:
    return ScriptDirectory(app.extensions["migrate"].directory).get_current_head()
