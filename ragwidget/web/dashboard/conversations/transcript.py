"""One conversation as it went, and as it goes on."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
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
from ragwidget.web.dashboard.conversations.following import going_on, turns_from
from ragwidget.web.dashboard.conversations.turns import SHOWN, turns_of

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
        box=box_for(who, _address_of(conversation, letters)),
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
    turns = turns_from(conversation.id, limit=MESSAGES_A_PAGE, superseded=True)
    tags = conversations.tags.of_organization(who.organization_id)
    letters = inbox.left_in(who.organization_id, conversation.id)
    spent = insights.spent_in([conversation.id])[conversation.id]
    told = going_on(
        "dashboard/_gone_on.html",
        turns,
        (conversation.handled_at, conversation.team_archived_at, conversation.archived_at),
        [(tag.name, tag.colour) for tag in tags if str(tag.id) in conversation.tags],
        [(letter.request.id, letter.state, letter.assignee) for letter in letters],
        spent,
        who=who,
        chatbot=chatbot,
        conversation=conversation,
        asked=filtering.asked(chatbot.id),
        letters=letters,
        email=_address_of(conversation, letters),
        tag_of={str(tag.id): tag for tag in tags},
        spent=spent,
        **SHOWN,
    )
    _mark_read(who, conversation)
    return told


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


def _address_of(conversation: Conversation, letters: list[inbox.Letter]) -> str:
    """Return where a visitor can be reached: as their last message says, or they themselves."""
    return letters[-1].request.email if letters else conversation.visitor_email or ""


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
