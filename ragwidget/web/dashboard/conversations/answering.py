"""A member answers a visitor in the chat, under their own name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from ragwidget import audit, inbox, members, tenancy
from ragwidget.conversations import team
from ragwidget.extensions import db
from ragwidget.inbox import Letter
from ragwidget.models import new_id
from ragwidget.tenancy import Member
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.forms import tidy

MOST_NAME_CHARS = 120
MOST_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Box:
    """Where an answer to a visitor is written."""

    name: str
    email: str
    message_id: UUID  # so that pressing twice says it once
    most_name_chars: int = MOST_NAME_CHARS
    most_chars: int = MOST_CHARS


def box_for(who: Member, email: str) -> Box:
    """Return the box in which a member answers a visitor, who may have left an address."""
    return Box(members.display_name(who), email, new_id())


@bp.post("/<uuid:conversation_id>/messages")
def answer(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Say something to a visitor; whose message for a human it answers is looked after then."""
    who = tenancy.member("editor")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    request_id = request.form.get("request", type=UUID)
    letter = inbox.one(who.organization_id, chatbot_id, request_id) if request_id else None
    name, text = (tidy(request.form.get(field)) for field in ("name", "text"))
    name = " ".join(name.split())
    if not (1 <= len(name) <= MOST_NAME_CHARS and 1 <= len(text) <= MOST_CHARS):
        flash(
            f"Nothing was sent: an answer has a name of up to {MOST_NAME_CHARS} characters and up "
            f"to {MOST_CHARS:,} characters of text.",
            "error",
        )
        return _back(chatbot_id, conversation_id, letter)
    message_id = request.form.get("message_id", type=UUID)
    members.keep_display_name(who, name)
    audit.note(who, "conversation.answered", str(conversation_id), chatbot_id)
    try:
        team.say(conversation, name, text, message_id)
    except IntegrityError:
        db.session.rollback()
        flash("It was sent already.", "info")
    else:
        flash("The visitor reads it in the chat.", "success")
    if letter and letter.state == "open":
        inbox.assign(letter.request, who.user_id)
    return _back(chatbot_id, conversation_id, letter, message_id)


def _back(
    chatbot_id: UUID, conversation_id: UUID, letter: Letter | None, message_id: UUID | None = None
) -> ResponseReturnValue:
    anchor = f"message-{message_id}" if message_id else "answer"
    if letter is None:
        asked = filtering.asked(chatbot_id)
        page = asked.address("show", conversation_id=conversation_id, _anchor=anchor)
    else:
        of = "all" if request.args.get("of") == "all" else None
        page = url_for(
            "dashboard.inbox.show",
            chatbot_id=chatbot_id,
            request_id=letter.request.id,
            of=of,
            _anchor=anchor,
        )
    return redirect(page, 303)
