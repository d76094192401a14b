"""What the numbers say: how much was asked, what went unanswered, how long it took, its cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from ragwidget import budgets
from ragwidget.extensions import db
from ragwidget.models import Conversation, DailyUsage, Message, now

RECENT_DAYS = 30
RECENT = timedelta(days=RECENT_DAYS)
IS_ANSWER = Message.role == literal("chatbot", literal_execute=True)  # as the index over them says


@dataclass(frozen=True, slots=True)
class Numbers:
    """What happened at one chatbot in the last thirty days."""

    conversations: int = 0
    questions: int = 0
    refused: int = 0  # not in the sources
    near: int = 0  # only the nearest passages were offered
    failed: int = 0
    liked: int = 0
    disliked: int = 0
    mean_first_text_ms: int | None = None
    last_asked_at: datetime | None = None

    @property
    def answered(self) -> int:
        """Return how many questions got what they asked for."""
        return self.questions - self.refused - self.near - self.failed


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many answers of one conversation its owner should look at, and why."""

    refused: int = 0
    near: int = 0
    ungrounded: int = 0  # written by a model that used none of the sources
    failed: int = 0
    disliked: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What answers took, with the calls beside them, of engines that cost."""

    calls: int = 0
    tokens: int = 0
    priced: int = 0  # in millionths of the currency: what is known of the cost
    unpriced_tokens: int = 0  # of models whose price nobody knows

    @property
    def cost(self) -> int | None:
        """Return the cost as far as it is known, None when nothing of it is."""
        return None if self.unpriced_tokens and not self.priced else self.priced

    def __add__(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.priced + other.priced,
            self.unpriced_tokens + other.unpriced_tokens,
        )


@dataclass(frozen=True, slots=True)
class Spending:
    """What an organization's chatbots took in the last thirty days."""

    total: Spent
    days: list[tuple[date, Spent]]  # every day, oldest first
    chatbots: list[tuple[UUID, Spent]]  # the dearest first; some may be deleted since


def recent(chatbot_ids: Sequence[UUID]) -> dict[UUID, Numbers]:
    """Return the numbers of each of the chatbots."""
    if not chatbot_ids:
        return {}
    since = now() - RECENT
    answers = db.session.execute(
        select(
            Message.chatbot_id,
            func.count(),
            _number_of(Message.finish_reason == "refused"),
            _number_of(Message.finish_reason == "near"),
            _number_of(Message.status == "failed"),
            _number_of(Message.rating == "up"),
            _number_of(Message.rating == "down"),
            func.avg(Message.first_text_ms),
        )
        .where(
            Message.chatbot_id.in_(chatbot_ids),
            IS_ANSWER,
            Message.superseded_at.is_(None),
            Message.created_at > since,
        )
        .group_by(Message.chatbot_id)
    )
    counted = {row[0]: row for row in answers}
    threads = db.session.execute(
        select(Conversation.chatbot_id, func.count(), func.max(Conversation.last_message_at))
        .where(Conversation.chatbot_id.in_(chatbot_ids), Conversation.last_message_at > since)
        .group_by(Conversation.chatbot_id)
    )
    spoken = {row[0]: row for row in threads}
    return {
        chatbot_id: _numbers(counted.get(chatbot_id), spoken.get(chatbot_id))
        for chatbot_id in chatbot_ids
    }


def outcomes(conversation_ids: Sequence[UUID]) -> dict[UUID, Outcomes]:
    """Return what the owner should know of each of the conversations."""
    found = db.session.execute(
        select(
            Message.conversation_id,
            _number_of(Message.finish_reason == "refused"),
            _number_of(Message.finish_reason == "near"),
            _number_of(
                and_(
                    Message.status == "completed",
                    Message.grounded.is_(False),
                    Message.finish_reason != "refused",
                    Message.engine != "local",  # its greetings rest on nothing
                )
            ),
            _number_of(Message.status == "failed"),
            _number_of(Message.rating == "down"),
        )
        .where(
            Message.conversation_id.in_(conversation_ids),
            IS_ANSWER,
            Message.superseded_at.is_(None),
        )
        .group_by(Message.conversation_id)
    )
    counted = {row[0]: Outcomes(*map(int, row[1:])) for row in found}
    return {id: counted.get(id, Outcomes()) for id in conversation_ids}


def spending(organization_id: UUID) -> Spending:
    """Return what an organization's chatbots took in the last thirty days."""
    today = now().date()
    days = {today - timedelta(days=ago): Spent() for ago in reversed(range(RECENT_DAYS))}
    chatbots: dict[UUID, Spent] = defaultdict(Spent)
    for row in _ledger(DailyUsage.organization_id == organization_id):
        spent = _spent(row)
        days[row.day] = days.get(row.day, Spent()) + spent
        chatbots[row.chatbot_id] += spent
    return Spending(
        total=sum(days.values(), Spent()),
        days=sorted(days.items(), key=lambda day: day[0]),
        chatbots=sorted(
            chatbots.items(), key=lambda one: (one[1].priced, one[1].tokens), reverse=True
        ),
    )


def spent_by(chatbot_ids: Sequence[UUID]) -> dict[UUID, Spent]:
    """Return what each of the chatbots took in the last thirty days."""
    spent = dict.fromkeys(chatbot_ids, Spent())
    for row in _ledger(DailyUsage.chatbot_id.in_(chatbot_ids)):
        spent[row.chatbot_id] += _spent(row)
    return spent


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


def _ledger(whose: ColumnElement[bool]) -> Iterable[DailyUsage]:
    since = now().date() - timedelta(days=RECENT_DAYS)
    return db.session.scalars(select(DailyUsage).where(whose, DailyUsage.day > since))


def _spent(row: DailyUsage) -> Spent:
    tokens = row.prompt_tokens + row.completion_tokens + row.thought_tokens + row.tool_tokens
    known = row.cost or budgets.prices().of(row.model)
    return Spent(row.calls, tokens, row.cost, 0 if known else tokens)


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _numbers(answers: Any, threads: Any) -> Numbers:
    counts = [int(count or 0) for count in answers[1:7]] if answers else [0] * 6
    first_text = answers[7] if answers else None
    return Numbers(
        conversations=threads[1] if threads else 0,
        questions=counts[0],
        refused=counts[1],
        near=counts[2],
        failed=counts[3],
        liked=counts[4],
        disliked=counts[5],
        mean_first_text_ms=None if first_text is None else round(first_text),
        last_asked_at=threads[2] if threads else None,
    )
