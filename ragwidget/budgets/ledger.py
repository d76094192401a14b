"""Writing down what a day took, and what is set aside in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import bindparam, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget import metrics
from ragwidget.budgets.days import prices
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db
from ragwidget.models import DailyBudget, DailyUsage, Message, now

Row = dict[str, Any]


def count(
    organization_id: UUID, chatbot_id: UUID, model: str, usage: Usage, *, tried: bool = False
) -> None:
    """Count a call beside the answers, such as one for a title, in the caller's commit."""
    day, cost = now().date(), prices().cost(model, usage)
    write(
        booking(organization_id, day, took=(usage.total, prices().careful_cost(model, usage))),
        [entry(organization_id, chatbot_id, day, model, usage, cost, tried=tried)],
    )


def booking(
    organization_id: UUID,
    day: date,
    *,
    took: tuple[int, int] = (0, 0),
    freed: tuple[int, int] = (0, 0),
) -> list[Row]:
    """Return what adds to an organization's day, and frees some that was set aside there."""
    if not any((*took, *freed)):
        return []
    return [
        {
            "organization_id": organization_id,
            "day": day,
            "tokens": took[0],
            "cost": took[1],
            "held_tokens": -freed[0],
            "held_cost": -freed[1],
        }
    ]


def entry(
    organization_id: UUID,
    chatbot_id: UUID,
    day: date,
    model: str,
    usage: Usage,
    cost: int | None,
    *,
    tried: bool,
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
        "tried_tokens": usage.total if tried else 0,
        "tried_cost": (cost or 0) if tried else 0,
    }


def write(booked: Sequence[Row], entered: Sequence[Row], settled: Sequence[Row] = ()) -> None:
    """Carry all of them out, what is for the same day at once; `settled` are answers and costs.

    Everybody whose answer ends waits for the same rows until the commit, so PostgreSQL takes one
    of each kind at once; and always in this order, so that nobody waits in a circle.
    """
    connection = db.session.connection()
    dialect = connection.dialect.name
    bookings, entries = _summed(DailyBudget, booked), _summed(DailyUsage, entered)
    if dialect == "postgresql" and len(bookings) == len(entries) == 1 and len(settled) < 2:
        named = _named("booked", bookings[0]) | _named("entered", entries[0])
        for row in settled:
            named |= _named("settled", row)
        connection.execute(_at_once(settling=bool(settled)), named)
        return
    if settled:
        connection.execute(_settling(), [_named("settled", row) for row in settled])
    for row in bookings:
        connection.execute(_adding(DailyBudget, dialect, "booked"), _named("booked", row))
    for row in entries:
        connection.execute(_adding(DailyUsage, dialect, "entered"), _named("entered", row))


def begin_day(organization_id: UUID, day: date) -> None:
    """Make the row of a day, unless somebody has."""
    db.session.execute(
        _insert(DailyBudget, db.session.connection().dialect.name)
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
def _at_once(*, settling: bool) -> Any:
    # what stands beside a statement is carried out after it
    booked = _adding(DailyBudget, "postgresql", "booked")
    both = booked.add_cte(_adding(DailyUsage, "postgresql", "entered").cte("entered"))
    return both.add_cte(_settling().cte("settled")) if settling else both


@cache
def _settling() -> Any:
    """Return what keeps an answer's cost, and that nothing is set aside for it any more."""
    messages = Message.metadata.tables["messages"]
    return (
        update(messages)
        .where(messages.c.id == bindparam("settled_id"))
        .values(
            cost=bindparam("settled_cost", type_=messages.c.cost.type),
            held_tokens=literal_column("0"),
            held_cost=literal_column("0"),
        )
    )


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


def _summed(table: Any, rows: Sequence[Row]) -> list[Row]:
    """Return one row for each key, with what all of that key come to, in the order of the keys."""
    sums: dict[tuple[Any, ...], Row] = {}
    keys = [column.name for column in table.__table__.primary_key]
    for row in rows:
        key = tuple(row[name] for name in keys)
        found = sums.setdefault(key, {name: row[name] for name in (*keys, "organization_id")})
        for name in row.keys() - {*keys, "organization_id"}:
            found[name] = found.get(name, 0) + row[name]
    return [sums[key] for key in sorted(sums)]


def _named(prefix: str, row: Row) -> Row:
    return {f"{prefix}_{name}": value for name, value in row.items()}


def _insert(table: Any, dialect: str) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table.__table__)
