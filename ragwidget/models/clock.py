"""The database's own clock: machines whose clocks differ agree on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ragwidget.models.base import Moment


class _Clock(FunctionElement[Any]):
    type = Moment()
    inherit_cache = True


def by_clock(shift: timedelta = timedelta()) -> ColumnElement[Any]:
    """Spell the moment at which the database carries this out, shifted if you like."""
    return _Clock(bindparam(None, shift.total_seconds(), Float()))


@compiles(_Clock, "postgresql")
def _on_postgresql(clock: _Clock, compiler: Any, **options: Any) -> str:
    seconds = compiler.process(clock.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {seconds}))"


@compiles(_Clock, "sqlite")
def _on_sqlite(clock: _Clock, compiler: Any, **options: Any) -> str:
    seconds = compiler.process(clock.clauses, **options)
    # spelled as SQLAlchemy spells moments, so that they compare
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"
