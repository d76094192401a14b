"""What every connection to a database is told first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

from ragwidget.database import connections
from ragwidget.database.transactions import is_patient, is_reading

BOUNDS = {
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "2min",
}
PATIENT_BOUNDS = {"statement_timeout": "30min", "lock_timeout": "5min"}


def teach(engine: Engine) -> None:
    """Teach an engine's connections manners, on either database."""
    if engine.dialect.name == "sqlite":
        _teach_sqlite(engine)
    else:
        _teach_postgresql(engine)
        connections.bound(engine)


def _teach_postgresql(engine: Engine) -> None:
    """Let no connection wait for ever: for a statement, a lock, or for us."""

    @event.listens_for(engine, "connect")
    def set_bounds(connection: Any, _record: Any) -> None:
        for name, longest in BOUNDS.items():
            connection.execute(f"SET {name} = '{longest}'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if is_patient():
            for name, longest in PATIENT_BOUNDS.items():
                connection.exec_driver_sql(f"SET LOCAL {name} = '{longest}'")


def _teach_sqlite(engine: Engine) -> None:
    """Give every connection WAL, foreign keys, patience and honest transactions."""

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
        connection.exec_driver_sql("BEGIN" if is_reading() else "BEGIN IMMEDIATE")
