"""One conversation as it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ragwidget import audit, conversations, identities, inbox, insights, tenancy
from ragwidget.conversations import triage
from ragwidget.conversations.triage import Change
from ragwidget.errors import ConversationNotFound
from ragwidget.extensions import db, writing
from ragwidget.models import Conversation, Message
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.answering import box_for
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.rendering import host_of, render

MESSAGES_A_PAGE = 60
AROUND = 30  # messages behind one that a link leads to


@dataclass(slots=True)
class Turn:
    """A question with the answer that stands, and the tries that it replaced."""

    question: Message | None
    answer: Message | None = None
    earlier: list[Message] = field(default_factory=list)


@bp.get("/<uuid:conversation_id>")
def show(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Show one conversation as it went, with where each answer has it from.

    Who may keep order in conversations has read it then.
    """
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    asked = filtering.asked(chatbot.id)
    page = conversations.messages(
        conversation.id,
        before=_position(conversation),
        limit=MESSAGES_A_PAGE,
        superseded=True,
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
        letters=letters,
        notes=conversations.notes.of_conversation(conversation.id),
        most_note_chars=conversations.notes.MOST_CHARS,
        box=box_for(who, conversation.id, email),
        tags=tags,
        tag_of={str(tag.id): tag for tag in tags},
        known=identities.known(chatbot.id, [conversation.visitor_id]).get(conversation.visitor_id),
        spent=insights.spent_in([conversation.id])[conversation.id],
        as_html=as_html,
        as_link=as_link,
        as_prose=render,
        host_of=host_of,
        parts_of=parts_of,
    )
    if conversation.unread and who.may("editor"):
        db.session.rollback()  # the request promised to read only, until here
        with writing():
            triage.apply(chatbot_id, [conversation_id], Change("read"))
            db.session.commit()
    return shown


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


def _position(conversation: Conversation) -> int | None:
    """Return before which message the page ends; a link to one message has its page."""
    if at := request.args.get("at", type=UUID):
        place = conversations.position_of(conversation.id, at)
        return None if place is None else place + AROUND
    before = request.args.get("before", type=int)
    return None if before is None else max(0, min(before, 10**9))


def turns_of(messages: list[Message]) -> list[Turn]:
    """Put every answer under its question, wherever a later try of it was written."""
    turns: dict[UUID, Turn] = {}
    for message in messages:
        if message.role == "visitor":
            turns[message.id] = Turn(message)
            continue
        turn = turns.setdefault(message.question_id or message.id, Turn(None))
        if message.superseded_at:
            turn.earlier.append(message)
        else:
            turn.answer = message
    return list(turns.values())


def as_html(message: Message) -> Markup:
    """Return an answer as it may be shown, its citations marked where they support it."""
    marks = [(end, citation.index) for citation in message.citations for _, end in citation.spans]
    return render(message.text, marks, f"source-{message.id}-")


def parts_of(message: Message) -> str:
    """Say what an answer's tokens went into.

    >>> parts_of(Message(prompt_tokens=1812, cached_tokens=900, completion_tokens=95))
    '1,812 read, 900 of them from cache, 95 written'
    """
    parts = (
        (message.prompt_tokens, "read"),
        (message.cached_tokens, "of them from cache"),
        (message.tool_tokens, "of passages"),
        (message.thought_tokens, "thought"),
        (message.completion_tokens, "written"),
    )
    return ", ".join(f"{tokens:,} {what}" for tokens, what in parts if tokens)


@bp.app_template_test("unfounded")
def is_unfounded(message: Message) -> bool:
    """Tell whether an answer was written that no source supports.

    The embedded engine only quotes; what it says without a source is a greeting.
    """
    return (
        message.status == "completed"
        and message.grounded is False
        and message.finish_reason != "refused"
        and message.engine != "local"
    )


def as_link(address: str | None) -> str | None:
    """Return an address that may stand in a link, None for what only looks like one."""
    try:
        scheme = urlsplit(address or "").scheme
    except ValueError:
        return None
    return address if scheme in {"http", "https"} else None
