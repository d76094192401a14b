"""What the numbers say: how much was asked, what went unanswered, how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select

from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, now

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What happened at one chatbot in the last thirty days."""

    conversations: int = 0
    questions: int = 0
    unanswered: int = 0  # refused, for want of evidence
    failed: int = 0
    liked: int = 0
    disliked: int = 0
    mean_first_text_ms: int | None = None
    last_asked_at: datetime | None = None


def recent(chatbot_ids: Sequence[UUID]) -> dict[UUID, Numbers]:
    """Return the numbers of each of the chatbots."""
    if not chatbot_ids:
        return {}
    since = now() - RECENT
    answers = db.session.execute(
        select(
            Message.chatbot_id,
            func.count(),
            func.sum(case((Message.finish_reason == "refused", 1), else_=0)),
            func.sum(case((Message.status == "failed", 1), else_=0)),
            func.sum(case((Message.rating == "up", 1), else_=0)),
            func.sum(case((Message.rating == "down", 1), else_=0)),
            func.avg(Message.first_text_ms),
        )
        .where(
            Message.chatbot_id.in_(chatbot_ids),
            Message.role == "chatbot",
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


def _numbers(answers: Any, threads: Any) -> Numbers:
    counts = [int(count or 0) for count in answers[1:6]] if answers else [0] * 5
    first_text = answers[6] if answers else None
    return Numbers(
        conversations=threads[1] if threads else 0,
        questions=counts[0],
        unanswered=counts[1],
        failed=counts[2],
        liked=counts[3],
        disliked=counts[4],
        mean_first_text_ms=None if first_text is None else round(first_text),
        last_asked_at=threads[2] if threads else None,
    )
