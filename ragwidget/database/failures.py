"""What it means when the database does not do what it should."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import InterfaceError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)  # or silent, or full of others


def is_full(problem: BaseException) -> bool:
    """Tell that there is no room left where the database or a file is."""
    if isinstance(problem, OSError):
        return problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    original = getattr(problem, "orig", None)
    return (
        getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(original, "sqlstate", None) == "53100"
    )


def is_gone(problem: BaseException) -> bool:
    """Tell that a row is gone that was there a moment ago, or one that another was to hang on."""
    original = getattr(problem, "orig", None)
    return (
        isinstance(problem, (NoResultFound, ObjectDeletedError, StaleDataError))
        or getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
        or getattr(original, "sqlstate", None) == "23503"
    )


def lacks_table(problem: BaseException) -> bool:
    """Tell that the database does not know a table or a column that it was asked for."""
    original = getattr(problem, "orig", None)
    on_sqlite = isinstance(original, sqlite3.OperationalError) and "no such" in str(original)
    return on_sqlite or getattr(original, "sqlstate", None) in {"42P01", "42703"}
