"""The history of a chatbot's settings, and the way back to how one of them was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import audit, chatbots, tenancy
from ragwidget.chatbots.history import SAVES_A_PAGE
from ragwidget.errors import Refusal
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.settings import (
    answers,
    contact,
    engine,
    limits,
    look,
    privacy,
    welcome,
    words,
)
from ragwidget.web.dashboard.settings.subject import SETTINGS, Subject

bp = Blueprint("changes", __name__, url_prefix=f"{SETTINGS}/changes")

SUBJECTS: tuple[Subject, ...] = tuple(
    room.subject for room in (answers, welcome, words, look, contact, limits, privacy)
)


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show who set what, the latest first."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    saves = chatbots.saves(chatbot.id, request.args.get("before", type=UUID))
    labels = _labels(chatbot)
    return render_template(
        "dashboard/changes.html",
        who=who,
        chatbot=chatbot,
        saves=saves,
        labels=labels,
        told=told,
        more=saves[-1].id if len(saves) == SAVES_A_PAGE else None,
    )


@bp.post("/<uuid:change_id>/undo")
def undo(chatbot_id: UUID, change_id: UUID) -> ResponseReturnValue:
    """Set one setting back to what it was before a change."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _set_back(who, chatbot, chatbots.before_change(chatbot, change_id))


@bp.post("/<uuid:save_id>/back")
def go_back(chatbot_id: UUID, save_id: UUID) -> ResponseReturnValue:
    """Set everything back to how it was before something was saved."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _set_back(who, chatbot, chatbots.before_save(chatbot, save_id))


def told(value: Any) -> str:
    """Return a setting's value as a person reads it.

    >>> told(None), told(True), told(["a", "b"]), told(0.4), told("")
    ('not set', 'on', 'a, b', '0.4', 'not set')
    """
    if value in (None, "", []):
        return "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _set_back(
    who: tenancy.Member, chatbot: Chatbot, settings: dict[str, Any]
) -> ResponseReturnValue:
    page = redirect(url_for("dashboard.changes.show", chatbot_id=chatbot.id), 303)
    wanted = settings.pop("engine", None)
    labels, wished = _labels(chatbot), chatbots.like(chatbot, **settings)
    now = chatbots.flat({key: getattr(chatbot, key) for key in settings})
    then = chatbots.flat(settings)
    touched = {name for name in now | then if now.get(name) != then.get(name)}
    problems = {
        labels[name]: why
        for subject in SUBJECTS
        for field, why in subject.problems(wished).items()
        for name in _remembered(field)
        if name in touched
    }
    if problems:
        for label, why in problems.items():
            flash(f"It was left as it is. {label} can’t be that any more: {why}", "error")
        return page
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="changes")
    chatbots.change(chatbot, who.user_id, **settings)
    try:
        engine.choose(chatbot, who.user_id, wanted)
    except Refusal as refusal:
        flash(f"The engine stays: {refusal.message}", "error")
        return page
    flash("It is back to how it was. This can be undone, too.", "success")
    return page


def _labels(chatbot: Chatbot) -> dict[str, str]:
    """Return how the pages call each of the settings that are remembered."""
    fields = [field for subject in SUBJECTS for field in subject.form.of(chatbot)]
    named = {name: field.label.text for field in fields for name in _remembered(field.name)}
    return named | {"paused": "Paused", "theme.icon": "Launcher"}


def _remembered(field: str) -> tuple[str, ...]:
    """Return what the history may call a field of a form."""
    if field.startswith(words.PREFIX):
        return (f"strings.{field.removeprefix(words.PREFIX)}",)
    name = {"kept": "keeps_words", "sign": "icon"}.get(field, field)
    return (name, f"theme.{name}", f"words.{name}")
