"""Setting aside what an answer will take, before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import update

from ragwidget.budgets.days import ANY, Limits, bounds_of, model_of, prices, today, until_midnight
from ragwidget.budgets.ledger import begin_day
from ragwidget.database import rows_changed, together
from ragwidget.engines.protocol import Usage
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import Chatbot, DailyBudget, now

COSTLY = frozenset({"gemini"})  # engines whose tokens somebody pays for

BYTES_A_TOKEN = 3  # of UTF-8, on the careful side for every script
RULES_TOKENS = 300  # what an engine tells its model around the question
PASSAGE_TOKENS = 400
ANSWER_TOKENS = 800  # with the thoughts before it


class BudgetReached(Refusal):
    status = 429
    code = "budget_reached"
    message = "This chat has answered all it can today. Please come back tomorrow."


@dataclass(frozen=True, slots=True)
class Hold:
    """What is set aside for one answer until it ends."""

    organization_id: UUID
    made_at: datetime
    tokens: int
    cost: int


def expect(chatbot: Chatbot, question: str, *, history_chars: int, use_sources: bool) -> Usage:
    """Return about what answering a question will take, before anybody is asked."""
    said = len((question + chatbot.instructions).encode()) + history_chars
    return Usage(
        prompt=RULES_TOKENS + said // BYTES_A_TOKEN,
        completion=min(
            ANSWER_TOKENS, chatbot.max_output_tokens or current_app.config["GEMINI_MAX_TOKENS"]
        ),
        tools=chatbot.top_k * PASSAGE_TOKENS if use_sources else 0,
    )


def has_room(chatbot: Chatbot) -> bool:
    """Tell whether the day has room for one more answer of a chatbot."""
    if chatbot.engine not in COSTLY:
        return True
    history = current_app.config["HISTORY_CHARS"]
    expected = expect(chatbot, "", history_chars=history, use_sources=True)
    cost = prices().careful_cost(model_of(chatbot.model), expected)
    return today(chatbot.organization_id).has_room(expected.total, cost)


def hold(chatbot: Chatbot, expected: Usage) -> Hold | None:
    """Set the cost of an answer aside, or refuse with `BudgetReached`.

    None when the chatbot's engine costs nothing, or the day may take any amount. One statement
    looks and takes, so that many questions at once get no more than one after the other. It is
    part of the commit that writes the question down: a process that dies before leaves nothing.
    """
    if chatbot.engine not in COSTLY:
        return None
    limits = bounds_of(chatbot.organization)
    if limits == ANY:
        return None
    cost = prices().careful_cost(model_of(chatbot.model), expected)
    held = Hold(chatbot.organization_id, now(), expected.total, cost)
    together()
    if not _set_aside(held, limits):
        seconds = ceil(until_midnight(held.made_at).total_seconds())
        raise BudgetReached(chatbot.words.get("limit") or None, retry_after=seconds)
    return held


def release(held: Hold | None) -> None:
    """Give back what was set aside for an answer that is not begun after all."""
    if held is not None:
        db.session.rollback()


def _set_aside(held: Hold, limits: Limits) -> bool:
    """Take an estimate out of the day's budget; tell whether there was room for it."""
    day = _day_of(held.organization_id, held.made_at.date())
    room = update(DailyBudget).where(*day)
    if limits.tokens is not None:
        room = room.where(
            DailyBudget.tokens + DailyBudget.held_tokens + held.tokens <= limits.tokens
        )
    if limits.cost is not None:
        room = room.where(DailyBudget.cost + DailyBudget.held_cost + held.cost <= limits.cost)
    take = room.values(
        held_tokens=DailyBudget.held_tokens + held.tokens,
        held_cost=DailyBudget.held_cost + held.cost,
    )
    if rows_changed(take):
        return True
    # There is no room, or no day yet: of many who begin it at once, one does and the others wait.
    begin_day(held.organization_id, held.made_at.date())
    return bool(rows_changed(take))


def _day_of(organization_id: UUID, day: date) -> tuple[Any, Any]:
    return DailyBudget.organization_id == organization_id, DailyBudget.day == day
