"""Writing down what a day took, and what is set aside in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget import metrics
from ragwidget.budgets.days import prices
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db
from ragwidget.models import DailyBudget, DailyUsage, now


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
) -> Any:
    """Return what adds to an organization's day, and frees some that was set aside there."""
    if not any((*took, *freed)):
        return None
    amounts = {
        "tokens": took[0],
        "cost": took[1],
        "held_tokens": -freed[0],
        "held_cost": -freed[1],
    }
    statement = _insert(DailyBudget).values(organization_id=organization_id, day=day, **amounts)
    return statement.on_conflict_do_update(
        index_elements=["organization_id", "day"], set_=_added(DailyBudget, statement, amounts)
    )


def entry(
    organization_id: UUID, chatbot_id: UUID, day: date, model: str, usage: Usage, cost: int | None
) -> Any:
    """Return what writes a call down in the ledger; without a cost if nobody knows its price."""
    _tell(model, usage, cost)
    amounts = {
        "calls": 1,
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "thought_tokens": usage.thoughts,
        "tool_tokens": usage.tools,
        "cached_tokens": usage.cached,
        "cost": cost or 0,
    }
    keys = {"chatbot_id": chatbot_id, "day": day, "model": model.removeprefix("models/")[:120]}
    statement = _insert(DailyUsage).values(organization_id=organization_id, **keys, **amounts)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_=_added(DailyUsage, statement, amounts)
    )


def write(booked: Any, entered: Any) -> None:
    """Carry both out, either of which may be nothing.

    Everybody whose answer ends waits for the same two rows until the commit, so PostgreSQL takes
    both at once; and always in this order, so that nobody waits in a circle.
    """
    if booked is not None and entered is not None and _dialect() == "postgresql":
        booked, entered = None, entered.add_cte(booked.cte("booked"))
    for statement in (booked, entered):
        if statement is not None:
            db.session.execute(statement)


def begin_day(organization_id: UUID, day: date) -> None:
    """Make the row of a day, unless somebody has."""
    db.session.execute(
        _insert(DailyBudget)
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


def _added(table: Any, statement: Any, amounts: Iterable[str]) -> dict[str, Any]:
    """Return what a row that is there becomes with the amounts that were to be inserted."""
    return {name: table.__table__.c[name] + getattr(statement.excluded, name) for name in amounts}


def _insert(table: Any) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    return (postgresql if _dialect() == "postgresql" else sqlite).insert(table)


def _dialect() -> str:
    return db.session.get_bind().dialect.name
