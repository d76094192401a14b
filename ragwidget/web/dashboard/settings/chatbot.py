"""A chatbot's pause, its copy and its end."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import audit, chatbots, jobs, library, tenancy
from ragwidget.extensions import db
from ragwidget.models import now
from ragwidget.web.dashboard.forms import tidy
from ragwidget.web.dashboard.settings.subject import SETTINGS

bp = Blueprint("chatbot", __name__, url_prefix=f"{SETTINGS}/chatbot")


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what can be done with the whole chatbot."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    sources = sum(library.counts([chatbot.id])[chatbot.id].values())
    return render_template("dashboard/whole.html", who=who, chatbot=chatbot, sources=sources)


@bp.post("/pause")
def pause(chatbot_id: UUID) -> ResponseReturnValue:
    """Close the chat on every website."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "chatbot.paused", chatbot.name, chatbot.id)
    chatbots.change(chatbot, who.user_id, paused_at=chatbot.paused_at or now())
    flash("Paused: the chat is closed on every website until you go on.", "success")
    return _back(chatbot.id)


@bp.post("/go-on")
def go_on(chatbot_id: UUID) -> ResponseReturnValue:
    """Open the chat again."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "chatbot.resumed", chatbot.name, chatbot.id)
    chatbots.change(chatbot, who.user_id, paused_at=None)
    flash(f"{chatbot.name} answers again.", "success")
    return _back(chatbot.id)


@bp.post("/duplicate")
def duplicate(chatbot_id: UUID) -> ResponseReturnValue:
    """Make a second chatbot like this one, and lead to it."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    made = chatbots.duplicate(chatbot)
    audit.note(who, "chatbot.duplicated", made.name, made.id, of=str(chatbot.id))
    db.session.commit()
    waiting = library.copy(chatbot, made) if "sources" in request.form else []
    for source_id in waiting:
        jobs.wake(source_id)
    told = " Its sources are being read." if waiting else ""
    flash(f"{made.name} is here: give it a name of its own.{told}", "success")
    return redirect(url_for("dashboard.welcome.show", chatbot_id=made.id), 303)


@bp.post("/delete")
def delete(chatbot_id: UUID) -> ResponseReturnValue:
    """Delete a chatbot with everything it read and said, once its name was typed."""
    who = tenancy.member("owner")
    chatbot = tenancy.chatbot(who, chatbot_id)
    if tidy(request.form.get("name")) != tidy(chatbot.name):
        flash(f"Nothing was deleted: type its name, {chatbot.name}, to delete it.", "error")
        return _back(chatbot.id)
    audit.note(who, "chatbot.deleted", chatbot.name, chatbot.id)
    name = chatbot.name
    chatbots.remove(chatbot)
    jobs.end_chatbot_soon(chatbot_id)
    flash(f"{name} is deleted, with everything it read and said.", "success")
    return redirect(url_for("dashboard.chatbots.index"), 303)


def _back(chatbot_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("dashboard.chatbot.show", chatbot_id=chatbot_id), 303)
