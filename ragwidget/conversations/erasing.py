"""Erasing what was said: a conversation, all that one visitor said, all that is too old."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from ragwidget.conversations.answers import abandon
from ragwidget.conversations.asking import title_of
from ragwidget.conversations.search import transcripts
from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.models import ContactRequest, Conversation, Message

REMOVED_AT_ONCE = 200


def remove(conversation: Conversation) -> None:
    """Erase a conversation with everything in it."""
    abandon(conversation_id=conversation.id)
    db.session.execute(delete(Conversation).where(Conversation.id == conversation.id))
    db.session.commit()


def remove_some(chatbot_id: UUID) -> int:
    """Erase a lot of a chatbot's conversations, in one commit; return how many they were.

    Lots, so that nobody else waits long to write.
    """
    lot = db.session.scalars(
        select(Conversation.id).filter_by(chatbot_id=chatbot_id).limit(REMOVED_AT_ONCE)
    ).all()
    abandon(chatbot_id=chatbot_id)
    rows_changed(delete(Conversation).where(Conversation.id.in_(lot)))
    db.session.commit()
    return len(lot)


def remove_visitor(chatbot_id: UUID, visitor_id: UUID) -> int:
    """Erase all that a visitor said to a chatbot, in the caller's commit; return how many threads.

    What is being written to them at this moment ends.
    """
    theirs = select(Conversation.id).filter_by(chatbot_id=chatbot_id, visitor_id=visitor_id)
    for conversation_id in db.session.scalars(theirs).all():
        abandon(conversation_id=conversation_id)
    return rows_changed(
        delete(Conversation).where(
            Conversation.chatbot_id == chatbot_id, Conversation.visitor_id == visitor_id
        )
    )


def remove_before(chatbot_id: UUID, moment: datetime, most: int = REMOVED_AT_ONCE) -> int:
    """Erase what was said to a chatbot before a moment; return how many rows went.

    No more than so many in one commit, so that nobody waits long to write. Of a conversation that
    goes on only the old part goes.
    """
    removed = _silent(chatbot_id, moment, most) or _old(chatbot_id, moment, most)
    removed += rows_changed(
        delete(ContactRequest).where(
            ContactRequest.chatbot_id == chatbot_id, ContactRequest.created_at < moment
        )
    )
    db.session.commit()
    return removed


def _silent(chatbot_id: UUID, moment: datetime, most: int) -> int:
    """Erase whole conversations that nobody has spoken in since."""
    ids = db.session.scalars(
        select(Conversation.id)
        .where(Conversation.chatbot_id == chatbot_id, Conversation.last_message_at < moment)
        .order_by(Conversation.last_message_at)
        .limit(most)
    ).all()
    return rows_changed(delete(Conversation).where(Conversation.id.in_(ids))) if ids else 0


def _old(chatbot_id: UUID, moment: datetime, most: int) -> int:
    """Erase the old part of conversations that go on."""
    rows = db.session.execute(
        select(Message.id, Message.conversation_id)
        .where(Message.chatbot_id == chatbot_id, Message.created_at < moment)
        .order_by(Message.created_at)
        .limit(most)
    ).all()
    if not rows:
        return 0
    removed = rows_changed(delete(Message).where(Message.id.in_([row.id for row in rows])))
    _tell_of_what_is_left({row.conversation_id for row in rows})
    return removed


def _tell_of_what_is_left(conversation_ids: Collection[UUID]) -> None:
    """Count messages anew, and take titles from what is still there: they were the first words."""
    left = (
        select(func.count())
        .where(Message.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows_changed(
        update(Conversation).where(Conversation.id.in_(conversation_ids)).values(message_count=left)
    )
    for conversation_id in conversation_ids:
        first = db.session.scalar(
            select(Message.text)
            .filter_by(conversation_id=conversation_id, role="visitor")
            .order_by(Message.position)
            .limit(1)
        )
        rows_changed(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(title=title_of(first or "…"))
        )
        transcripts.rewrite(conversation_id)
