"""One conversation as it went, and as it goes on."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, identities, inbox, insights, tenancy
from ragwidget.conversations import triage
from ragwidget.conversations.triage import Change
from ragwidget.database import writing
from ragwidget.errors import ConversationNotFound
from ragwidget.extensions import db
from ragwidget.models import Conversation
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.answering import box_for
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.turns import SHOWN, turns_of
from ragwidget.web.dashboard.phrases import count

MESSAGES_A_PAGE = 60
AROUND = 30  # messages behind one that a link leads to


@bp.get("/<uuid:conversation_id>")
def show(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Show one conversation as it went, with where each answer has it from.

    Who may keep order in conversations has read it then.
    """
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    asked = filtering.asked(chatbot.id)
    before = _position(conversation)
    page = conversations.messages(
        conversation.id, before=before, limit=MESSAGES_A_PAGE, superseded=True
    )
    newer, older = conversations.neighbours(conversation, asked.filters, asked.sort)
    tags = conversations.tags.of_organization(who.organization_id)
    letters = inbox.left_in(who.organization_id, conversation.id)
    email = conversation.visitor_email or (letters[-1].request.email if letters else "")
    shown = render_template(
        "dashboard/conversation.html",
        who=who,
        chatbot=chatbot,
        conversation=conversation,
        asked=asked,
        newer=newer,
        older=older,
        turns=turns_of(page.rows),
        before=page.next,
        is_newest=before is None or before >= conversation.next_position,
        letters=letters,
        notes=conversations.notes.of_conversation(conversation.id),
        most_note_chars=conversations.notes.MOST_CHARS,
        box=box_for(who, email),
        tags=tags,
        tag_of={str(tag.id): tag for tag in tags},
        known=identities.known(chatbot.id, [conversation.visitor_id]).get(conversation.visitor_id),
        spent=insights.spent_in([conversation.id])[conversation.id],
        **SHOWN,
    )
    _mark_read(who, conversation)
    return shown


@bp.get("/<uuid:conversation_id>/turns")
def follow(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Tell how a conversation goes on, from one of its turns on, to a page that is open."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    begin = request.args.get("turn", type=UUID)
    page = conversations.messages(
        conversation.id,
        since=conversations.position_of(conversation.id, begin) if begin else None,
        limit=MESSAGES_A_PAGE,
        superseded=True,
    )
    found = turns_of(page.rows)
    state = "-".join(turn.state for turn in found)
    if request.if_none_match.contains(state):
        return "", 304
    html = render_template(
        "dashboard/_turns.html",
        who=who,
        chatbot=chatbot,
        conversation=conversation,
        asked=filtering.asked(chatbot.id),
        turns=found,
        **SHOWN,
    )
    response = jsonify(html=html, messages=count(conversation.message_count, "message"))
    response.set_etag(state)
    _mark_read(who, conversation)
    return response


@bp.post("/<uuid:conversation_id>/delete")
def delete(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Erase a conversation for good."""
    who = tenancy.member("editor")
    tenancy.chatbot(who, chatbot_id)
    try:
        found = tenancy.conversation(who, chatbot_id, conversation_id)
        audit.note(who, "conversation.deleted", str(conversation_id), chatbot_id)
        conversations.remove(found)
        flash("The conversation is deleted.", "success")
    except ConversationNotFound:
        flash("It is deleted already.", "info")
    return redirect(url_for("dashboard.conversations.index", chatbot_id=chatbot_id), 303)


def _mark_read(who: tenancy.Member, conversation: Conversation) -> None:
    """Note that somebody has read a conversation who may keep order in it."""
    if conversation.unread and who.may("editor"):
        chatbot_id, conversation_id = conversation.chatbot_id, conversation.id
        db.session.rollback()  # the request promised to read only, until here
        with writing():
            triage.apply(chatbot_id, [conversation_id], Change("read"))
            db.session.commit()


def _position(conversation: Conversation) -> int | None:
    """Return before which message the page ends; a link to one message has its page."""
    if at := request.args.get("at", type=UUID):
        place = conversations.position_of(conversation.id, at)
        return None if place is None else place + AROUND
    before = request.args.get("before", type=int)
    return None if before is None else max(0, min(before, 10**9))
