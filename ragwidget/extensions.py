"""What Flask lends us: made once and unbound here, joined to the app in `app.py`."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from flask_compress import Compress
from flask_limiter import Limiter
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, CursorResult, Delete, Engine, MetaData, Update, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase

from ragwidget.networks import counted_address

REST = 0.05  # seconds between the commits of a long job: SQLite has one writer at a time
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)  # or silent, or full of others

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def is_full(problem: BaseException) -> bool:
    """Tell that there is no room left where the database or a file is."""
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    original = getattr(problem, "orig", None)
    return (
        getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(original, "sqlstate", None) == "53100"
    )


class Base(DeclarativeBase):
    """The ground of every table; constraint names are the same on every database."""

    metadata = MetaData(naming_convention=NAMES)


# what was committed stays readable: values are taken from rows after their commit
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base  # what Flask-SQLAlchemy makes of it is beyond a type checker
else:
    Model = db.Model
migrate = Migrate()
csrf = CSRFProtect()
mail = Mail()
compress = Compress()
limiter = Limiter(key_func=counted_address, headers_enabled=False)


def rows_changed(statement: Update | Delete) -> int:
    """Carry a statement out in the request's session; return how many rows it touched."""
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount


def insert(table: Any) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    dialect = db.session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Promise that the transactions begun inside only read.

    SQLite has one writer at a time, and a transaction that reads first and writes later is
    refused at once when another wrote in between. So every transaction takes the writer's place
    when it begins, unless it was promised here that it only reads.
    """
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def begin_reading() -> Any:
    """Promise the same for what follows in this request; give the result to `end_reading`."""
    return _reading.set(True)


def end_reading(token: Any) -> None:
    """Take the promise of `begin_reading` back."""
    _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Take the promise of `reading` back for what is inside."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


BOUNDS = {
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "2min",
}
PATIENT_BOUNDS = {"statement_timeout": "30min", "lock_timeout": "5min"}

_patient: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def patient() -> Iterator[None]:
    """Let what is done inside take long: nobody waits in front of it.

    Everywhere else PostgreSQL breaks off what takes too long, and whoever asked hears so.
    """
    token = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(token)


def is_patient() -> bool:
    """Tell whether what is done now may take long."""
    return _patient.get()


def teach_postgresql_manners(engine: Engine) -> None:
    """Let no PostgreSQL connection wait for ever: for a statement, a lock, or for us."""

    @event.listens_for(engine, "connect")
    def set_bounds(connection: Any, _record: Any) -> None:
        for name, longest in BOUNDS.items():
            connection.execute(f"SET {name} = '{longest}'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if _patient.get():
            for name, longest in PATIENT_BOUNDS.items():
                connection.exec_driver_sql(f"SET LOCAL {name} = '{longest}'")


def teach_sqlite_manners(engine: Engine) -> None:
    """Give every SQLite connection WAL, foreign keys, patience and honest transactions."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and too weak
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=10000",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
            "cache_size=-2000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")
