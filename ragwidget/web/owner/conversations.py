"""What visitors asked and were told, as programs of the organization read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, tenancy
from ragwidget.conversations import team
from ragwidget.errors import ChatbotNotFound, ConversationNotFound, Refusal
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_conversations
from ragwidget.web.owner.door import bp, holder, read_body, read_query
from ragwidget.web.owner.etags import require_match, tagged
from ragwidget.web.owner.queries import ConversationsWanted, SaidWanted
from ragwidget.web.owner.replies import (
    ConversationReply,
    Conversations,
    MessageOfTeam,
    MessagesPage,
)
from ragwidget.web.owner.schemas import TeamMessage
from ragwidget.web.owner.spelling import spell_conversation, spell_message

AT = "/chatbots/<uuid:chatbot_id>/conversations"
ONE = f"{AT}/<uuid:conversation_id>"
THERE: tuple[type[Refusal], ...] = (ChatbotNotFound, ConversationNotFound)


@bp.get(AT)
@of_conversations(
    query=ConversationsWanted, answers=Conversations, cached=True, refusals=(ChatbotNotFound,)
)
def get_conversations(chatbot_id: UUID) -> ResponseReturnValue:
    """Return a chatbot's conversations, the last spoken in first."""
    who, asked = holder("conversations:read"), read_query(ConversationsWanted)
    tenancy.chatbot(who, chatbot_id)
    search = asked.search.strip()
    after = asked.after.replace(" ", "+")  # which a plus is read as that nobody spelled as %2B
    page = (
        conversations.search(chatbot_id, search, after=after, limit=asked.limit)
        if search
        else conversations.latest(chatbot_id, after=after, limit=asked.limit)
    )
    return tagged(conversations=[spell_conversation(row) for row in page.rows], next=page.next)


@bp.get(ONE)
@of_conversations(answers=ConversationReply, cached=True, refusals=THERE)
def get_conversation(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Return one conversation: who asked, and where."""
    who = holder("conversations:read")
    found = tenancy.conversation(who, chatbot_id, conversation_id)
    return tagged(conversation=spell_conversation(found))


@bp.delete(ONE)
@of_conversations(status=204, guarded=True, refusals=THERE)
def delete_conversation(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Erase a conversation for good, for its visitor too."""
    who = holder("conversations:write")
    found = tenancy.conversation(who, chatbot_id, conversation_id)
    require_match(conversation=spell_conversation(found))
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


@bp.post(f"{ONE}/messages")
@of_conversations(takes=TeamMessage, answers=MessageOfTeam, status=201, refusals=THERE)
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
