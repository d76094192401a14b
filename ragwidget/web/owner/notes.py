"""What a team and its programs write beside a conversation, for themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from ragwidget import audit, tenancy
from ragwidget.conversations import notes
from ragwidget.errors import NoteNotFound
from ragwidget.extensions import db
from ragwidget.models import Note
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_conversations
from ragwidget.web.owner.conversations import ONE, THERE
from ragwidget.web.owner.door import bp, holder, read_body
from ragwidget.web.owner.etags import tagged
from ragwidget.web.owner.replies.conversations import NoteReply, Notes
from ragwidget.web.owner.schemas import NoteGiven


@bp.get(f"{ONE}/notes")
@of_conversations(answers=Notes, cached=True, refusals=THERE)
def get_notes(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Return the team's notes beside a conversation, oldest first."""
    tenancy.conversation(holder("conversations:read"), chatbot_id, conversation_id)
    return tagged(notes=[_spell(note) for note in notes.of_conversation(conversation_id)])


@bp.post(f"{ONE}/notes")
@of_conversations(takes=NoteGiven, answers=NoteReply, status=201, refusals=THERE)
def post_note(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Write a note for the team; the visitor never reads it."""
    who, body = holder("conversations:write"), read_body(NoteGiven)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)

    def made(note_id: UUID) -> dict[str, Any]:
        note = notes.add(conversation, None, body.author or who.label, body.text, note_id)
        audit.note(who, "conversation.noted", str(conversation_id), chatbot_id)
        db.session.commit()
        return {"note": _spell(note)}

    return repeating.make(who, made, lambda id: {"note": _spell(notes.find(conversation, id))})


@bp.delete(f"{ONE}/notes/<uuid:note_id>")
@of_conversations(status=204, refusals=(*THERE, NoteNotFound))
def delete_note(chatbot_id: UUID, conversation_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Delete a note, whoever wrote it."""
    who = holder("conversations:write")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    audit.note(who, "conversation.note_deleted", str(conversation_id), chatbot_id)
    notes.remove(notes.find(conversation, note_id))
    db.session.commit()
    return "", 204


def _spell(note: Note) -> dict[str, Any]:
    return {
        "id": str(note.id),
        "author": note.author,
        "text": note.text,
        "created_at": note.created_at.isoformat(),
    }
