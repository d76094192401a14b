"""What answers took of engines that cost, by day, by chatbot, by conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select

from ragwidget import budgets
from ragwidget.extensions import db
from ragwidget.insights.ranges import USUAL, Range, named
from ragwidget.models import DailyUsage, Message


@dataclass(frozen=True, slots=True)
class Spent:
    """What answers took, with the calls beside them, of engines that cost."""

    calls: int = 0
    tokens: int = 0
    priced: int = 0  # in millionths of the currency: what is known of the cost
    unpriced_tokens: int = 0  # of models whose price nobody knows
    tried_tokens: int = 0  # by members, for themselves
    tried_cost: int = 0

    @property
    def cost(self) -> int | None:
        """Return the cost as far as it is known, None when nothing of it is."""
        return None if self.unpriced_tokens and not self.priced else self.priced

    @property
    def by_visitors(self) -> Spent:
        """Return it without what members took who tried a chatbot."""
        return replace(
            self,
            tokens=self.tokens - self.tried_tokens,
            priced=self.priced - self.tried_cost,
            tried_tokens=0,
            tried_cost=0,
        )

    def __add__(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.priced + other.priced,
            self.unpriced_tokens + other.unpriced_tokens,
            self.tried_tokens + other.tried_tokens,
            self.tried_cost + other.tried_cost,
        )


@dataclass(frozen=True)
class Spending:
    """What some chatbots took in a range of days, and in the one before."""

    range: Range
    total: Spent
    before: Spent
    by_day: Mapping[date, Spent]  # those with something in them, of both
    chatbots: list[tuple[UUID, Spent]]  # the dearest first; some may be deleted since

    @property
    def days(self) -> list[tuple[date, Spent]]:
        """Return every day of the range, oldest first."""
        return [(day, self.by_day.get(day, Spent())) for day in self.range]

    @cached_property
    def slots(self) -> list[Spent]:
        """Return what each slot of the range took."""
        return [
            sum((self.by_day[day] for day in slot if day in self.by_day), Spent())
            for slot in self.range.slots()
        ]


def spending(organization_id: UUID, days: Range | None = None) -> Spending:
    """Return what an organization's chatbots took, those deleted since among them."""
    return _spending(DailyUsage.organization_id == organization_id, days or named(USUAL))


def spending_of(chatbot_ids: Collection[UUID], days: Range) -> Spending:
    """Return what some chatbots took."""
    return _spending(DailyUsage.chatbot_id.in_(chatbot_ids), days)


def spent_by(chatbot_ids: Sequence[UUID]) -> dict[UUID, Spent]:
    """Return what each of the chatbots took in the last thirty days."""
    found = dict(spending_of(chatbot_ids, named(USUAL)).chatbots)
    return {chatbot_id: found.get(chatbot_id, Spent()) for chatbot_id in chatbot_ids}


def spent_in(conversation_ids: Sequence[UUID]) -> dict[UUID, Spent]:
    """Return what the answers of each of the conversations took, replaced ones included."""
    tokens = func.coalesce(Message.total_tokens, 0)
    found = db.session.execute(
        select(
            Message.conversation_id,
            func.count(),
            func.sum(tokens),
            func.coalesce(func.sum(Message.cost), 0),
            func.sum(case((Message.cost.is_(None), tokens), else_=0)),
        )
        .where(
            Message.conversation_id.in_(conversation_ids),
            or_(Message.engine.in_(budgets.COSTLY), Message.instead_of.is_not(None)),
        )
        .group_by(Message.conversation_id)
    )
    counted = {row[0]: Spent(*map(int, row[1:])) for row in found}
    return {id: counted.get(id, Spent()) for id in conversation_ids}


def _spending(whose: ColumnElement[bool], days: Range) -> Spending:
    by_day: dict[date, Spent] = {}
    for day, spent in _sums(DailyUsage.day, whose, Range(days.before.first, days.last)):
        by_day[day] = by_day[day] + spent if day in by_day else spent
    by_chatbot: dict[UUID, Spent] = defaultdict(Spent)
    for chatbot_id, spent in _sums(DailyUsage.chatbot_id, whose, days):
        by_chatbot[chatbot_id] += spent
    dearest = sorted(
        by_chatbot.items(), key=lambda one: (one[1].priced, one[1].tokens), reverse=True
    )
    before = (spent for day, spent in by_day.items() if day in days.before)
    total = sum(by_chatbot.values(), Spent())
    return Spending(days, total, sum(before, Spent()), by_day, dearest)


def _sums(by: Any, whose: ColumnElement[bool], days: Range) -> Iterator[tuple[Any, Spent]]:
    """Add the ledger's rows up by a column; what several models took comes in several parts."""
    tokens = (
        DailyUsage.prompt_tokens
        + DailyUsage.completion_tokens
        + DailyUsage.thought_tokens
        + DailyUsage.tool_tokens
    )
    rows = db.session.execute(
        select(
            by,
            DailyUsage.model,
            func.sum(DailyUsage.calls).label("calls"),
            func.sum(tokens).label("tokens"),
            func.sum(DailyUsage.cost).label("cost"),
            func.sum(case((DailyUsage.cost == 0, tokens), else_=0)).label("free"),
            func.sum(DailyUsage.tried_tokens).label("tried_tokens"),
            func.sum(DailyUsage.tried_cost).label("tried_cost"),
        )
        .where(whose, DailyUsage.day.between(days.first, days.last))
        .group_by(by, DailyUsage.model)
    ).all()
    prices = budgets.prices()
    priced = {model for model in {row.model for row in rows} if prices.of(model)}
    for row in rows:
        unpriced = 0 if row.model in priced else row.free
        amounts = row.calls, row.tokens, row.cost, unpriced, row.tried_tokens, row.tried_cost
        yield row[0], Spent(*map(int, amounts))
