"""What is added to a conversation after an answer: a better title, and questions to ask next."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from ragwidget.conversations.asking import title_of
from ragwidget.conversations.search import transcripts
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message


@dataclass(frozen=True, slots=True)
class Afterthought:
    """An answer that something may be added to, as plain values."""

    message_id: UUID
    conversation_id: UUID
    organization_id: UUID
    chatbot_id: UUID
    question: str
    answer: str
    locale: str
    tried: bool  # by a member
    title: bool  # whether the conversation still has the title that its first words gave it
    follow_ups: bool


def afterthought(message_id: UUID) -> Afterthought | None:
    """Return what may be added to an answer, or None: its owner wants nothing, or it is no answer.

    A title that a visitor chose is left alone, and an answer that has suggestions has enough.
    """
    asked = aliased(Message)
    found = db.session.execute(
        select(Message, asked.text, asked.position, Conversation, Chatbot)
        .join(asked, asked.id == Message.question_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Chatbot, Chatbot.id == Message.chatbot_id)
        .where(
            Message.id == message_id,
            Chatbot.engine == "gemini",  # of others, nothing goes to Google
            Message.status == "completed",
            Message.finish_reason.in_(("stop", "max_tokens")),
            Message.superseded_at.is_(None),
            Message.saved.is_(None),  # what is given again costs nothing
        )
    ).first()
    if found is None:
        return None
    message, question, position, conversation, chatbot = found
    first = position == 1 and conversation.title == title_of(question)
    wanted = Afterthought(
        message_id=message.id,
        conversation_id=conversation.id,
        organization_id=message.organization_id,
        chatbot_id=message.chatbot_id,
        question=question,
        answer=message.text,
        locale=conversation.locale or "",
        tried=conversation.tried,
        title=chatbot.writes_titles and first,
        follow_ups=chatbot.suggests_follow_ups and not message.follow_ups,
    )
    return wanted if wanted.title or wanted.follow_ups else None


def add_afterthought(wanted: Afterthought, title: str | None, follow_ups: tuple[str, ...]) -> None:
    """Keep what came of it, in the caller's commit; a title only if nobody renamed it meanwhile."""
    if title:
        db.session.execute(
            update(Conversation)
            .where(
                Conversation.id == wanted.conversation_id,
                Conversation.title == title_of(wanted.question),
            )
            .values(title=title)
            .execution_options(synchronize_session=False)
        )
        transcripts.rewrite(wanted.conversation_id)
    if follow_ups:
        db.session.execute(
            update(Message)
            .where(Message.id == wanted.message_id)
            .values(follow_ups=list(follow_ups))
            .execution_options(synchronize_session=False)
        )
