"""Real databases for tests: migrated and peopled once, then copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sharing import instance_in

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

    def forget(self) -> None:
        """Delete what was handed out."""
        ...


class SQLite:
    """SQLite files under a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None

    def empty(self) -> str:
        return f"sqlite:///{self._new()}"

    def forget(self) -> None:
        for path in self._folder.glob("*.db*"):
            if self._template is None or path != self._template:
                path.unlink()

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
        self._server = server.replace("postgresql+psycopg:", "postgresql:", 1)
        without_care(self._server)
        self._folder = folder
        self._template: str | None = None
        self._lent: list[str] = []

    def empty(self) -> str:
        return self._address(self._lend("template1"))

    def copy(self) -> str:
        if self._template is None:
            template = self._create("template1")
            people(self._address(template), self._folder)
            self._template = template
        return self._address(self._lend(self._template))

    def forget(self) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            while self._lent:
                connection.execute(f'DROP DATABASE "{self._lent.pop()}" WITH (FORCE)')

    def _lend(self, template: str) -> str:
        self._lent.append(self._create(template))
        return self._lent[-1]

    def _create(self, template: str) -> str:
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            # by itself it would log every page of the copy
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def _address(self, name: str) -> str:
        return self._server.replace("postgresql:", "postgresql+psycopg:", 1).replace(
            "/postgres?", f"/{name}?"
        )


def people(address: str, folder: Path) -> None:
    """Make the tables by the migrations, and let the cast move in."""
    from cast import move_in

    app = create_app(
        TESTING=True, SECRET_KEY=SECRET, INSTANCE=str(instance_in(folder)), DATABASE_URL=address
    )
    with app.app_context():
        upgrade()
        move_in(app)
    let_go(app)


def let_go(app: Flask) -> None:
    """Close every connection that an app holds."""
    if clients := app.extensions.get("gemini"):
        clients.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def without_care(server: str) -> None:
    """Let a server be quick: nobody will miss these rows after a power failure."""
    with psycopg.connect(server, autocommit=True) as connection:
        for costly in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {costly} = off")
        connection.execute("SELECT pg_reload_conf()")
