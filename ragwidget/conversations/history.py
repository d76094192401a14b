"""What was said before a question, for an engine that is told of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from ragwidget.engines.protocol import Said
from ragwidget.extensions import db
from ragwidget.models import Message


def read_history(
    conversation_id: UUID, before: int, most_messages: int, most_chars: int
) -> tuple[Said, ...]:
    """Return the last things said before a position, bounded in number and in size."""
    latest = db.session.execute(
        select(Message.role, func.substr(Message.text, 1, most_chars))
        .where(
            Message.conversation_id == conversation_id,
            Message.position < before,
            Message.superseded_at.is_(None),
            Message.text != "",
        )
        .order_by(Message.position.desc())
        .limit(most_messages)
    ).all()
    said: list[Said] = []
    room = most_chars
    for role, text in latest:
        room -= len(text)
        if room < 0:
            break
        said.append(Said(role, text))
    return tuple(reversed(said))
