"""The same question once more: what it was answered with before, and what that saves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, literal, select, update
from sqlalchemy.orm import selectinload

from ragwidget.chat.events import SourceRef
from ragwidget.conversations.values import source_ref
from ragwidget.database import reading, rows_changed
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Deletion, Document, Message, Source, now

CACHE = "cache"  # the engine of an answer that was given before
KEPT = timedelta(days=1)  # an answer is given again for so long
FIRST_ANSWER = 2  # the position of the first answer to the first question


@dataclass(frozen=True, slots=True)
class Repeat:
    """An answer that can be given again."""

    text: str
    model: str
    sources: tuple[SourceRef, ...]


def knowledge_of(chatbot_id: UUID) -> Row[Any]:
    """Return what changes whenever that does which a chatbot's answers rest on.

    What is gone here and not yet from the store is in it, for an answer may still rest on that.
    """
    read = (
        select(
            func.count(Source.id),
            func.max(Source.read_at),
            func.sum(Source.passage_count),
            func.sum(Source.size_bytes),
        )
        .where(Source.chatbot_id == chatbot_id)
        .subquery()
    )
    copied = (
        select(func.count(Document.id), func.max(Document.ready_at))
        .where(Document.chatbot_id == chatbot_id, Document.state == "ready")
        .subquery()
    )
    going = (
        select(func.count(Deletion.id))
        .join(Chatbot, Chatbot.organization_id == Deletion.organization_id)
        .where(Chatbot.id == chatbot_id, Deletion.kind == "document")
        .subquery()
    )
    always = literal(True)
    with reading():
        known = db.session.execute(
            select(read, copied, going).select_from(read.join(copied, always).join(going, always))
        ).one()
        db.session.commit()
    return known


def repeat(chatbot_id: UUID, message_id: UUID, key: str) -> Repeat | None:
    """Return what the same question was answered with, and let this answer be found by its key.

    None where it is not the first of its conversation, or is answered once more because its
    visitor wished so. What was disliked, refused or not grounded is not given again.
    """
    found = db.session.scalar(
        select(Message)
        .where(
            Message.chatbot_id == chatbot_id,
            Message.cache_key == key,
            Message.created_at > now() - KEPT,
            Message.status == "completed",
            Message.finish_reason == "stop",
            Message.grounded.is_(True),
            Message.engine != CACHE,
            Message.instead_of.is_(None),
            Message.superseded_at.is_(None),
            Message.rating.is_distinct_from("down"),
        )
        .options(selectinload(Message.citations))
        .order_by(Message.created_at.desc())
        .limit(1)
    )
    keyed: dict[str, Any] = {"cache_key": key}
    if found:
        keyed |= {"saved": found.cost or 0, "follow_ups": found.follow_ups}
    is_first = rows_changed(
        update(Message)
        .where(Message.id == message_id, Message.position == FIRST_ANSWER)
        .values(keyed)
    )
    given = None
    if found and is_first:
        cited = tuple(source_ref(citation) for citation in found.citations)
        given = Repeat(found.text, found.model or "", cited)
    db.session.commit()
    return given
