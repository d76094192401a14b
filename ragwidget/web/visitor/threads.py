"""A visitor's own conversations and messages."""

from __future__ import annotations

from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from ragwidget import conversations, tenancy
from ragwidget.crypto.tokens import Visit
from ragwidget.errors import ConversationNotFound, MessageNotFound, NothingKept
from ragwidget.extensions import limiter
from ragwidget.web.visitor.contracts import reading
from ragwidget.web.visitor.door import bp, read_body, read_query, token_for, visit
from ragwidget.web.visitor.queries import MessagesWanted, ThreadsWanted
from ragwidget.web.visitor.replies import (
    ChangedThread,
    ContactReply,
    MessageNow,
    Messages,
    OneThread,
    Threads,
)
from ragwidget.web.visitor.schemas import Contact, ConversationChange


@bp.get("/conversations")
@reading(query=ThreadsWanted, answers=Threads)
def get_conversations() -> ResponseReturnValue:
    """Return this visitor's conversations, the last spoken in first."""
    held, asked = visit(), read_query(ThreadsWanted)
    page = conversations.of_visitor(
        held, archived=asked.archived, after=asked.after, limit=asked.limit
    )
    return jsonify(
        conversations=[conversations.spell_conversation(row) for row in page.rows], next=page.next
    )


@bp.get("/conversations/<uuid:conversation_id>")
@reading(answers=OneThread, refusals=(ConversationNotFound,))
def get_conversation(conversation_id: UUID) -> ResponseReturnValue:
    """Return one conversation, with a token to go on in it."""
    held = visit()
    conversation = tenancy.visited_conversation(held, conversation_id)
    spelled = conversations.spell_conversation(conversation)
    return jsonify(conversation={**spelled, "token": token_for(held, conversation_id)})


@bp.get("/conversations/<uuid:conversation_id>/messages")
@reading(query=MessagesWanted, answers=Messages, refusals=(ConversationNotFound,))
def get_messages(conversation_id: UUID) -> ResponseReturnValue:
    """Return a page of a conversation, oldest first: the newest, one before, or what came since."""
    held = visit()
    conversation = tenancy.visited_conversation(held, conversation_id)
    asked = read_query(MessagesWanted)
    if asked.after is not None:
        since = conversations.messages_behind(conversation_id, asked.after, limit=asked.limit)
        page = conversations.Page(since, None)
    else:
        page = conversations.messages(conversation_id, before=asked.before, limit=asked.limit)
    return jsonify(
        conversation={
            "id": str(conversation.id),
            "title": conversation.title,
            "token": token_for(held, conversation_id),
            "awaits_human": conversations.awaits_human(conversation_id),
        },
        messages=[conversations.spell_message(row) for row in page.rows],
        before=page.next,
    )


@bp.get("/messages/<uuid:message_id>")
@reading(answers=MessageNow, refusals=(MessageNotFound, ConversationNotFound))
def get_message(message_id: UUID) -> ResponseReturnValue:
    """Return a message as it now stands: a title and suggestions come after the answer."""
    held = visit()
    message = tenancy.visited_message(held, message_id)
    conversation = tenancy.visited_conversation(held, message.conversation_id)
    return jsonify(
        message=conversations.spell_message(conversations.whole_message(message_id)),
        conversation={"id": str(conversation.id), "title": conversation.title},
    )


@bp.patch("/conversations/<uuid:conversation_id>")
@reading(
    takes=ConversationChange, answers=ChangedThread, refusals=(ConversationNotFound, NothingKept)
)
def patch_conversation(conversation_id: UUID) -> ResponseReturnValue:
    """Rename or archive a conversation."""
    held = visit()
    conversation = tenancy.visited_conversation(held, conversation_id)
    change = read_body(ConversationChange)
    if change.title is not None:
        _require_kept(held)
        conversations.rename(conversation, change.title)
    if change.archived is not None:
        conversations.archive(conversation, change.archived)
    return jsonify(conversation=conversations.spell_conversation(conversation))


@bp.delete("/conversations/<uuid:conversation_id>")
@reading(status=204, refusals=(ConversationNotFound,))
def delete_conversation(conversation_id: UUID) -> ResponseReturnValue:
    """Erase a conversation, for its owner too."""
    held = visit()
    conversations.remove(tenancy.visited_conversation(held, conversation_id))
    return "", 204


@bp.post("/conversations/<uuid:conversation_id>/contact")
@reading(
    takes=Contact, answers=ContactReply, status=201, refusals=(ConversationNotFound, NothingKept)
)
@limiter.limit("10 per hour")
def post_contact(conversation_id: UUID) -> ResponseReturnValue:
    """Leave a message for a human."""
    held = visit()
    conversation = tenancy.visited_conversation(held, conversation_id)
    _require_kept(held)
    body = read_body(Contact)
    request_id = conversations.leave_contact(conversation, body.name, body.email, body.message)
    return jsonify(contact={"id": str(request_id)}), 201


def _require_kept(held: Visit) -> None:
    if not tenancy.public_chatbot(held.chatbot_id).keeps_words:
        raise NothingKept
