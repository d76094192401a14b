"""What visitors asked and were told, as programs of the organization read and sort it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, tenancy
from ragwidget.conversations import export, tags, team, triage
from ragwidget.conversations.triage import Change
from ragwidget.errors import (
    ChatbotNotFound,
    ConversationNotFound,
    MessageNotFound,
    Refusal,
    TagNotFound,
)
from ragwidget.extensions import db
from ragwidget.models import Conversation
from ragwidget.tenancy import Keyholder
from ragwidget.web.dashboard.conversations.exporting import as_file
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_conversations
from ragwidget.web.owner.door import bp, holder, read_body, read_query
from ragwidget.web.owner.etags import require_match, tagged
from ragwidget.web.owner.queries import ConversationsWanted, ExportWanted, SaidWanted
from ragwidget.web.owner.replies.conversations import (
    ConversationReply,
    Conversations,
    MessagesPage,
    SpokenReply,
)
from ragwidget.web.owner.schemas import ConversationSorted, TeamMessage
from ragwidget.web.owner.spelling import spell_conversation, spell_message, tags_of

AT = "/chatbots/<uuid:chatbot_id>/conversations"
ONE = f"{AT}/<uuid:conversation_id>"
THERE: tuple[type[Refusal], ...] = (ChatbotNotFound, ConversationNotFound)
EXPORTED = ("text/csv", "application/jsonl")
MARKS = {
    "archived": ("archive", "unarchive"),
    "handled": ("handle", "reopen"),
    "unread": ("unread", "read"),
}


@bp.get(AT)
@of_conversations(
    query=ConversationsWanted, answers=Conversations, cached=True, refusals=(ChatbotNotFound,)
)
def get_conversations(chatbot_id: UUID) -> ResponseReturnValue:
    """Return a chatbot's conversations, by the filters and in the orders of the dashboard."""
    who, asked = holder("conversations:read"), read_query(ConversationsWanted)
    tenancy.chatbot(who, chatbot_id)
    page = conversations.listing(
        chatbot_id,
        conversations.parse(request.args),
        asked.sort,
        after=asked.after.replace(" ", "+"),  # as a plus is read that nobody spelled as %2B
        limit=asked.limit,
    )
    known = tags_of(who.organization_id)
    return tagged(
        conversations=[spell_conversation(row, known) for row in page.rows], next=page.next
    )


@bp.get(ONE)
@of_conversations(answers=ConversationReply, cached=True, refusals=THERE)
def get_conversation(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Return one conversation: who asked, where, and how it is sorted."""
    who = holder("conversations:read")
    return tagged(**_told(who, tenancy.conversation(who, chatbot_id, conversation_id)))


@bp.patch(ONE)
@of_conversations(
    takes=ConversationSorted,
    answers=ConversationReply,
    guarded=True,
    refusals=(*THERE, TagNotFound),
)
def patch_conversation(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Tag a conversation, archive it, mark it as handled or as unread; or take that back."""
    who, body = holder("conversations:write"), read_body(ConversationSorted)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    require_match(**_told(who, conversation))
    for change in _changes(who, conversation, body):
        triage.apply(chatbot_id, [conversation_id], change)
        audit.note(who, f"conversation.{change.name}", str(conversation_id), chatbot_id)
    db.session.commit()
    return tagged(**_told(who, conversation))


@bp.delete(ONE)
@of_conversations(status=204, guarded=True, refusals=THERE)
def delete_conversation(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Erase a conversation for good, for its visitor too."""
    who = holder("conversations:write")
    found = tenancy.conversation(who, chatbot_id, conversation_id)
    require_match(**_told(who, found))
    audit.note(who, "conversation.deleted", str(conversation_id), chatbot_id)
    conversations.remove(found)
    return "", 204


@bp.get(f"{ONE}/messages")
@of_conversations(query=SaidWanted, answers=MessagesPage, cached=True, refusals=THERE)
def get_messages(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Return a page of what was said, oldest first; the newest page without `before`."""
    who, asked = holder("conversations:read"), read_query(SaidWanted)
    tenancy.conversation(who, chatbot_id, conversation_id)
    page = conversations.messages(
        conversation_id, before=asked.before, limit=asked.limit, superseded=True
    )
    return tagged(messages=[spell_message(row) for row in page.rows], before=page.next)


@bp.get(f"{ONE}/messages/<uuid:message_id>")
@of_conversations(answers=SpokenReply, cached=True, refusals=(*THERE, MessageNotFound))
def get_message(chatbot_id: UUID, conversation_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Return one message; of an answer, with the passages that it rests on."""
    tenancy.conversation(holder("conversations:read"), chatbot_id, conversation_id)
    message = conversations.whole_message(message_id)
    if message.conversation_id != conversation_id:
        raise MessageNotFound
    return tagged(message=spell_message(message))


@bp.post(f"{ONE}/messages")
@of_conversations(takes=TeamMessage, answers=SpokenReply, status=201, refusals=THERE)
def post_message(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Say something to a visitor as a person of the team, who reads it when they come back."""
    who, body = holder("conversations:write"), read_body(TeamMessage)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)

    def made(message_id: UUID) -> dict[str, Any]:
        audit.note(who, "conversation.answered", str(conversation_id), chatbot_id)
        team.say(conversation, body.author, body.text, message_id)
        return found(message_id)

    def found(message_id: UUID) -> dict[str, Any]:
        return {"message": spell_message(conversations.whole_message(message_id))}

    return repeating.make(who, made, found)


@bp.get(f"{AT}/export")
@of_conversations(query=ExportWanted, media=EXPORTED, refusals=(ChatbotNotFound,))
def get_export(chatbot_id: UUID) -> ResponseReturnValue:
    """Return what filters find as a file, a line for each answer with its question."""
    who, asked = holder("conversations:read"), read_query(ExportWanted)
    chatbot, filters = tenancy.chatbot(who, chatbot_id), conversations.parse(request.args)
    told = filters.spelled().to_dict(flat=False)
    audit.note_reading(
        who, "conversations.exported", "", chatbot.id, kind=asked.format, filters=told
    )
    return as_file(who, chatbot, asked.format, export.found_by(chatbot.id, filters))


def _changes(
    who: Keyholder, conversation: Conversation, body: ConversationSorted
) -> Iterator[Change]:
    for name, (on, off) in MARKS.items():
        wanted = getattr(body, name)
        if wanted is not None:
            yield Change(on if wanted else off)
    if body.tags is not None:
        wished = {str(tags.find(who.organization_id, tag_id).id) for tag_id in body.tags}
        had = set(conversation.tags)
        yield from (Change("untag", UUID(tag)) for tag in sorted(had - wished))
        yield from (Change("tag", UUID(tag)) for tag in sorted(wished - had))


def _told(who: Keyholder, conversation: Conversation) -> dict[str, Any]:
    return {"conversation": spell_conversation(conversation, tags_of(who.organization_id))}
