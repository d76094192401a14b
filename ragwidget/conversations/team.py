"""What somebody of the team says in a visitor's conversation, as a person and by their name."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update

from ragwidget.conversations.search import transcripts
from ragwidget.errors import ConversationNotFound
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, new_id, now


def say(conversation: Conversation, author: str, text: str, id: UUID | None = None) -> Message:
    """Write down what `author` says; its visitor reads it in an open chat, or on coming back."""
    position = db.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(
            next_position=Conversation.next_position + 1,
            message_count=Conversation.message_count + 1,
            last_message_at=now(),
            archived_at=None,
        )
        .returning(Conversation.next_position)
    ).scalar()
    if position is None:
        raise ConversationNotFound
    message = Message(
        id=id or new_id(),
        organization_id=conversation.organization_id,
        chatbot_id=conversation.chatbot_id,
        conversation_id=conversation.id,
        position=position - 1,
        role="chatbot",  # on its side of the conversation, and so for a release before this one
        author=author,
        text=text,
        finish_reason="stop",
        completed_at=now(),
    )
    db.session.add(message)
    db.session.flush()
    transcripts.rewrite(conversation.id)
    db.session.commit()
    return message
