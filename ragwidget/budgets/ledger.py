"""Writing down what a day took, and what is set aside in it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget import metrics
from ragwidget.budgets.days import prices
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db
from ragwidget.models import DailyBudget, DailyUsage, now

Row = dict[str, Any]


def count(organization_id: UUID, chatbot_id: UUID, model: str, usage: Usage) -> None:
    """Count a call beside the answers, such as one for a title, in the caller's commit."""
    day = now().date()
    write(
        booking(organization_id, day, took=(usage.total, prices().careful_cost(model, usage))),
        entry(organization_id, chatbot_id, day, model, usage, prices().cost(model, usage)),
    )


def booking(
    organization_id: UUID,
    day: date,
    *,
    took: tuple[int, int] = (0, 0),
    freed: tuple[int, int] = (0, 0),
) -> Row | None:
    """Return what adds to an organization's day, and frees some that was set aside there."""
    if not any((*took, *freed)):
        return None
    return {
        "organization_id": organization_id,
        "day": day,
        "tokens": took[0],
        "cost": took[1],
        "held_tokens": -freed[0],
        "held_cost": -freed[1],
    }


def entry(
    organization_id: UUID, chatbot_id: UUID, day: date, model: str, usage: Usage, cost: int | None
) -> Row:
    """Return what writes a call down in the ledger; without a cost if nobody knows its price."""
    _tell(model, usage, cost)
    return {
        "organization_id": organization_id,
        "chatbot_id": chatbot_id,
        "day": day,
        "model": model.removeprefix("models/")[:120],
        "calls": 1,
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "thought_tokens": usage.thoughts,
        "tool_tokens": usage.tools,
        "cached_tokens": usage.cached,
        "cost": cost or 0,
    }


def write(booked: Row | None, entered: Row | None) -> None:
    """Carry both out, either of which may be nothing.

    Everybody whose answer ends waits for the same two rows until the commit, so PostgreSQL takes
    both at once; and always in this order, so that nobody waits in a circle.
    """
    connection, dialect = db.session.connection(), _dialect()
    if booked is not None and entered is not None and dialect == "postgresql":
        connection.execute(_both(), _named("booked", booked) | _named("entered", entered))
        return
    if booked is not None:
        connection.execute(_adding(DailyBudget, dialect, "booked"), _named("booked", booked))
    if entered is not None:
        connection.execute(_adding(DailyUsage, dialect, "entered"), _named("entered", entered))


def begin_day(organization_id: UUID, day: date) -> None:
    """Make the row of a day, unless somebody has."""
    db.session.execute(
        _insert(DailyBudget, _dialect())
        .values(organization_id=organization_id, day=day)
        .on_conflict_do_nothing()
    )


def _tell(model: str, usage: Usage, cost: int | None) -> None:
    """Add a call to what the whole installation has taken."""
    for kind in ("prompt", "completion", "thoughts", "tools", "cached"):
        metrics.TOKENS(model=model, kind=kind).inc(getattr(usage, kind))
    if cost is not None:
        currency = current_app.config["CURRENCY"]
        metrics.COST(model=model, currency=currency).inc(cost / 1_000_000)


@cache
def _both() -> Any:
    booked = _adding(DailyBudget, "postgresql", "booked").cte("booked")
    return _adding(DailyUsage, "postgresql", "entered").add_cte(booked)


@cache
def _adding(table: Any, dialect: str, prefix: str) -> Any:
    """Return what inserts a row, or adds its amounts to the one that is there; made once."""
    columns = table.__table__.c
    keys = [column.name for column in table.__table__.primary_key]
    names = [column.name for column in columns]
    statement = _insert(table, dialect).values(
        {name: bindparam(f"{prefix}_{name}", type_=columns[name].type) for name in names}
    )
    amounts = set(names) - {*keys, "organization_id"}
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: columns[name] + statement.excluded[name] for name in sorted(amounts)},
    )


def _named(prefix: str, row: Row) -> Row:
    return {f"{prefix}_{name}": value for name, value in row.items()}


def _insert(table: Any, dialect: str) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table.__table__)


def _dialect() -> str:
    return db.session.get_bind().dialect.name
