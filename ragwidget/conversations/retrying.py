"""Asking the same question again, where its answer did not come to a good end."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from ragwidget import insights
from ragwidget.budgets import Hold
from ragwidget.conversations import placing
from ragwidget.conversations.asking import opened_in, take_positions
from ragwidget.conversations.history import read_history
from ragwidget.conversations.values import ENDED, OpenTurn, Question
from ragwidget.database import rows_changed
from ragwidget.errors import ConversationNotFound, NothingToRetry
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, now


def reopen_turn(
    chatbot: Chatbot,
    visitor_id: UUID,
    answer: Message,
    *,
    history_messages: int,
    history_chars: int,
    hold: Hold | None = None,
) -> OpenTurn:
    """Make an empty answer beside one that ended, for the same question."""
    if answer.role != "chatbot" or answer.question_id is None or answer.superseded_at:
        raise NothingToRetry
    if answer.status not in ENDED:
        raise NothingToRetry("This answer is still being written. Stop it first.")
    asked = db.session.get_one(Message, answer.question_id)
    if asked.text == placing.NOT_KEPT:
        raise NothingToRetry("Questions are not kept here. Please write it once more.")
    conversation = db.session.get_one(Conversation, answer.conversation_id)
    place = take_positions(conversation.id, visitor_id, 1)
    if place is None:
        raise ConversationNotFound
    _, position = place
    db.session.refresh(conversation)
    with insights.recounted(answer.id):
        taken = rows_changed(
            update(Message)
            .where(Message.id == answer.id, Message.superseded_at.is_(None))
            .values(superseded_at=now())
        )
    if not taken:
        raise NothingToRetry
    mode = placing.chosen_mode(chatbot, asked.details.get("mode"))
    again = placing.answer(chatbot, conversation.id, position, asked.id, mode, hold)
    placing.write_again(again)
    question = Question(
        text=asked.text,
        locale=conversation.locale,
        page_url=asked.page_url,
        page_title=asked.page_title,
        mode=mode,
        source_ids=tuple(asked.details.get("source_ids", ())),
        use_sources=asked.details.get("use_sources", True),
    )
    history = read_history(conversation.id, asked.position, history_messages, history_chars)
    opened = opened_in(conversation, asked.id, again["id"], question, history)
    db.session.commit()
    return opened
