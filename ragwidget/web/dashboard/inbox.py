"""What visitors left for a human, of one chatbot and of all, and who looks after it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, inbox, tenancy
from ragwidget.inbox import Letter
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.conversations import box_for, going_on, turns_from, turns_of
from ragwidget.web.rendering import render

bp = Blueprint("inbox", __name__, url_prefix="/dashboard")

REQUESTS_A_PAGE = 30
MESSAGES_BESIDE = 20
MOST_QUOTED_CHARS = 1200  # a mail program may cut a longer address


def init_app(app: Flask) -> None:
    """Let every page's navigation say how much waits."""
    app.add_template_global(inbox.count, "inbox_count")


@bp.get("/inbox")
def index() -> ResponseReturnValue:
    """Show what was left at any chatbot of the organization."""
    return _list(tenancy.member(), None)


@bp.get("/chatbots/<uuid:chatbot_id>/inbox")
def of_chatbot(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what was left at one chatbot."""
    who = tenancy.member()
    return _list(who, tenancy.chatbot(who, chatbot_id))


@bp.get("/chatbots/<uuid:chatbot_id>/inbox/<uuid:request_id>")
def show(chatbot_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Show one request, with the conversation in which it was left."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    letter = inbox.one(who.organization_id, chatbot.id, request_id)
    said = conversations.messages(letter.request.conversation_id, limit=MESSAGES_BESIDE)
    return render_template(
        "dashboard/request.html",
        who=who,
        chatbot=chatbot,
        letter=letter,
        members=inbox.members(who.organization_id),
        turns=turns_of(said.rows),
        earlier=said.next is not None,
        reply=mail_to(letter),
        box=box_for(who, letter.request.email),
        as_prose=render,
        everywhere=_everywhere(),
    )


@bp.get("/chatbots/<uuid:chatbot_id>/inbox/<uuid:request_id>/turns")
def follow(chatbot_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Tell how the conversation of a request goes on, from a turn on, to a page that is open."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    left = inbox.one(who.organization_id, chatbot.id, request_id).request
    turns = turns_from(left.conversation_id, limit=MESSAGES_BESIDE)
    return going_on("dashboard/_said.html", turns, as_prose=render)


@bp.post("/chatbots/<uuid:chatbot_id>/inbox/<uuid:request_id>/assign")
def assign(chatbot_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Say who looks after a request."""
    who, letter = _to_change(chatbot_id, request_id)
    chosen = inbox.read_assignee(request.form.get("assignee", ""), who.user_id)
    member = chosen if isinstance(chosen, UUID) else None
    audit.note(who, "contact.assigned", chatbot_id=chatbot_id, request_id=str(request_id))
    inbox.assign(letter.request, member)
    flash("It is taken." if member else "Nobody looks after it now.", "success")
    return redirect(_address_of(letter), 303)


@bp.post("/chatbots/<uuid:chatbot_id>/inbox/<uuid:request_id>/done")
def finish(chatbot_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Call a request done, and go on with the next."""
    who, letter = _to_change(chatbot_id, request_id)
    audit.note(who, "contact.done", chatbot_id=chatbot_id, request_id=str(request_id))
    inbox.finish(letter.request, who.user_id)
    flash("Done. It stands under “Done” from now on.", "success")
    if _everywhere():
        return redirect(url_for("dashboard.inbox.index"), 303)
    return redirect(url_for("dashboard.inbox.of_chatbot", chatbot_id=chatbot_id), 303)


@bp.post("/chatbots/<uuid:chatbot_id>/inbox/<uuid:request_id>/reopen")
def reopen(chatbot_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Call a request not done, after all."""
    who, letter = _to_change(chatbot_id, request_id)
    audit.note(who, "contact.reopened", chatbot_id=chatbot_id, request_id=str(request_id))
    inbox.reopen(letter.request)
    flash("It is open again.", "success")
    return redirect(_address_of(letter), 303)


def mail_to(letter: Letter) -> dict[str, str]:
    """Return what an answer by mail begins with: whom it goes to, its subject, the quoted words."""
    words = letter.request.message[:MOST_QUOTED_CHARS]
    quoted = "\n".join(f"> {line}" for line in words.splitlines())
    return {
        "to": letter.request.email,
        "subject": f"Your message to {letter.chatbot_name}",
        "body": f"\n\n{letter.request.name} wrote:\n{quoted}\n",
    }


def _list(who: tenancy.Member, chatbot: Chatbot | None) -> str:
    wanted = inbox.parse(request.args, who.user_id)
    chosen = {"state": request.args.get("state"), "assignee": request.args.get("assignee")}
    if chatbot is not None:
        wanted = inbox.Wanted(wanted.state, wanted.assignee, chatbot.id)
    else:
        chosen["chatbot"] = request.args.get("chatbot")

    def address(**changed: Any) -> str:
        values = {name: value or None for name, value in (chosen | changed).items()}
        if chatbot is None:
            return url_for("dashboard.inbox.index", **values)
        return url_for("dashboard.inbox.of_chatbot", chatbot_id=chatbot.id, **values)

    return render_template(
        "dashboard/inbox.html",
        layout="dashboard/chatbot.html" if chatbot else "dashboard/base.html",
        who=who,
        chatbot=chatbot,
        chatbots=[] if chatbot else tenancy.chatbots(who),
        members=inbox.members(who.organization_id),
        page=inbox.listing(
            who.organization_id,
            wanted,
            after=request.args.get("after"),
            limit=REQUESTS_A_PAGE,
        ),
        continued="after" in request.args,
        chosen=chosen,
        address=address,
    )


def _to_change(chatbot_id: UUID, request_id: UUID) -> tuple[tenancy.Member, Letter]:
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    return who, inbox.one(who.organization_id, chatbot.id, request_id)


def _address_of(letter: Letter) -> str:
    left = letter.request
    return url_for(
        "dashboard.inbox.show",
        chatbot_id=left.chatbot_id,
        request_id=left.id,
        of="all" if _everywhere() else None,
    )


def _everywhere() -> bool:
    """Tell whether somebody came from the inbox of the whole organization."""
    return request.args.get("of") == "all"
