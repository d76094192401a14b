"""Which language a chatbot's widget speaks, and the words an owner would rather have."""

from __future__ import annotations

import re
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import audit, chatbots, languages, tenancy
from ragwidget.errors import InvalidInput
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import tidy

bp = Blueprint("words", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/settings/words")

PREFIX = "word-"
MOST_CHARS = 300
_GAP = re.compile(r"\{\w+\}")


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show the widget's language and words."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _page(who, chatbot, chatbot.locale, chatbot.strings, {})


@bp.post("")
def save(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep the language, and the words that are not ours."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    locale = request.form.get("locale", "")
    if locale and locale not in languages.LANGUAGES:
        raise InvalidInput("locale: choose one of the languages.", field="locale")
    written = {
        name.removeprefix(PREFIX): text
        for name in request.form
        if name.startswith(PREFIX) and (text := tidy(request.form[name]))
    }
    ours = languages.words(languages.DEFAULT) | languages.more_words(languages.DEFAULT)
    for key in written.keys() - ours.keys():
        raise InvalidInput(f"{key[:80]}: the widget has no such words.", field=key[:80])
    problems = {
        key: problem for key, text in written.items() if (problem := _problem(text, ours[key]))
    }
    if problems:
        flash("Nothing was saved yet: please look at the fields marked below.", "error")
        return _page(who, chatbot, locale, written, problems), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="words")
    chatbots.change(chatbot, locale=locale, strings=written)
    flash("Saved. Visitors see it the next time they open the chat.", "success")
    return redirect(url_for("dashboard.words.show", chatbot_id=chatbot.id), 303)


def _problem(text: str, ours: str) -> str | None:
    if len(text) > MOST_CHARS:
        return f"It can have {MOST_CHARS} characters at most."
    strange = sorted(set(_GAP.findall(text)) - set(_GAP.findall(ours)))
    return f"Nothing is ever filled in for {', '.join(strange)} here." if strange else None


def _page(
    who: tenancy.Member,
    chatbot: Chatbot,
    locale: str,
    written: dict[str, str],
    problems: dict[str, str],
) -> str:
    language = languages.choose(locale)
    return render_template(
        "dashboard/words.html",
        who=who,
        chatbot=chatbot,
        locale=locale,
        languages=languages.LANGUAGES,
        language=language,
        direction=languages.direction(language),
        groups=[
            ("The open chat", languages.words(language)),
            ("Everything else", languages.more_words(language)),
        ],
        written=written,
        problems=problems,
        most=MOST_CHARS,
    )
