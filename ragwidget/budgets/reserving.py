"""Setting aside what an answer will take that nobody writes down, such as the playground's.

No message stands for it, so a row does: it goes when the answer ends, and when nobody can be at it
any more, because its process died.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import delete

from ragwidget.budgets.days import model_of, prices
from ragwidget.budgets.holding import hold
from ragwidget.budgets.ledger import booking, entry, write
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Reserve, new_id, now

GRACE = timedelta(minutes=5)  # in which whoever asked may take in what was said


def reserve(chatbot: Chatbot, expected: Usage) -> UUID | None:
    """Set the cost of an answer aside, or refuse with `BudgetReached`, in the caller's commit.

    None where nothing is to be set aside.
    """
    held = hold(chatbot, expected)
    if held is None:
        return None
    made = Reserve(
        id=new_id(),
        organization_id=held.organization_id,
        chatbot_id=chatbot.id,
        model=model_of(chatbot.model),
        tokens=held.tokens,
        cost=held.cost,
        made_at=held.made_at,
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def use(reserve_id: UUID, usage: Usage) -> None:
    """Count what an answer took in place of what was set aside for it, in the caller's commit.

    Not where that has expired: then what was expected of it is counted already.
    """
    gone = delete(Reserve).where(Reserve.id == reserve_id).returning(Reserve)
    for row in db.session.scalars(gone):
        _settle(row, usage, prices().careful_cost(row.model, usage))


def expire() -> None:
    """Count answers whose process died as what was expected of them, in place of that."""
    longest = timedelta(seconds=current_app.config["GEMINI_ANSWER_SECONDS"]) + GRACE
    gone = delete(Reserve).where(Reserve.made_at < now() - longest).returning(Reserve)
    # in the order in which answers that end are counted, or the two wait for each other
    for row in sorted(db.session.scalars(gone), key=lambda row: (row.organization_id, row.made_at)):
        _settle(row, Usage(prompt=row.tokens), row.cost)
    db.session.commit()


def _settle(row: Reserve, usage: Usage, careful: int) -> None:
    day, cost = row.made_at.date(), careful if prices().of(row.model) else None
    write(
        booking(
            row.organization_id, day, took=(usage.total, careful), freed=(row.tokens, row.cost)
        ),
        [entry(row.organization_id, row.chatbot_id, day, row.model, usage, cost, tried=True)]
        if usage.total
        else [],
    )
