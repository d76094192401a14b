"""What a team writes beside a conversation, for itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, select

from ragwidget.errors import InvalidInput, NoteNotFound
from ragwidget.extensions import db
from ragwidget.models import Conversation, Note, new_id

MOST = 200
MOST_CHARS = 4000


def of_conversation(conversation_id: UUID) -> list[Note]:
    """Return the notes beside a conversation, oldest first."""
    wanted = select(Note).filter_by(conversation_id=conversation_id).order_by(Note.id)
    return list(db.session.scalars(wanted))


def add(
    conversation: Conversation, user_id: UUID | None, author: str, text: str, id: UUID | None = None
) -> Note:
    """Write a note of a member, or of a program, in the caller's commit."""
    if not 1 <= len(text) <= MOST_CHARS:
        raise InvalidInput(f"text: it has 1 to {MOST_CHARS:,} characters.", field="text")
    there = select(func.count()).select_from(Note).filter_by(conversation_id=conversation.id)
    if db.session.scalars(there).one() >= MOST:
        raise InvalidInput(f"text: there can be {MOST} notes. Delete one first.", field="text")
    note = Note(
        id=id or new_id(),
        organization_id=conversation.organization_id,
        chatbot_id=conversation.chatbot_id,
        conversation_id=conversation.id,
        user_id=user_id,
        author=author,
        text=text,
    )
    db.session.add(note)
    return note


def find(conversation: Conversation, note_id: UUID, user_id: UUID | None = None) -> Note:
    """Return a note beside a conversation, or refuse; with a member's id, only one of theirs."""
    wanted = select(Note).filter_by(id=note_id, conversation_id=conversation.id)
    if user_id is not None:
        wanted = wanted.filter_by(user_id=user_id)
    note = db.session.scalar(wanted)
    if note is None:
        raise NoteNotFound
    return note


def remove(note: Note) -> None:
    """Delete a note, in the caller's commit."""
    db.session.execute(delete(Note).where(Note.id == note.id))
