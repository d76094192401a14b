"""What a page may know of a chatbot: its public settings and the titles of its sources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue

from ragwidget import languages, library, tenancy
from ragwidget.chatbots import WELCOME, message_limit, theme_of
from ragwidget.errors import Refusal
from ragwidget.extensions import compress
from ragwidget.models import Chatbot
from ragwidget.web.assets import asset_url
from ragwidget.web.visitor.contracts import of_chatbot
from ragwidget.web.visitor.door import bp, let_in, read_query
from ragwidget.web.visitor.queries import Languages, TitlesWanted
from ragwidget.web.visitor.replies import Settings, Titles

# what the widget says in an owner's words for a limit, and for an answer that failed
LIMIT_WORDS = ("rate_limited", "budget_reached")
ERROR_WORDS = ("again", "interrupted", "internal", "notNow")


@bp.get("/chatbots/<uuid:chatbot_id>")
@of_chatbot(query=Languages, answers=Settings, proof="none", cached=True)
@compress.compressed()
def get_chatbot(chatbot_id: UUID) -> ResponseReturnValue:
    """Return what the widget needs to draw itself, in the language that the page wishes.

    `lang` goes before the chatbot's own language, `hint` behind it.
    """
    asked = read_query(Languages)
    wish, hint = asked.lang, asked.hint
    try:
        chatbot = let_in(tenancy.public_chatbot(chatbot_id))
    except Refusal as refusal:  # the widget has no words of its own before it has these
        words = languages.more_words(languages.choose(wish, hint))
        refusal.message = words.get(refusal.code, refusal.message)
        raise
    language = languages.choose(wish, chatbot.locale, hint)
    limit = message_limit(chatbot, current_app.config)
    response = jsonify(public_settings(chatbot, limit) | spoken(chatbot, language))
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Origin")
    return response.make_conditional(request)


@bp.get("/chatbots/<uuid:chatbot_id>/sources")
@of_chatbot(query=TitlesWanted, answers=Titles, proof="none")
def get_sources(chatbot_id: UUID) -> ResponseReturnValue:
    """Return titles for @mentions."""
    let_in(tenancy.public_chatbot(chatbot_id))
    asked = read_query(TitlesWanted)
    search = asked.search.replace("\0", "")
    found = library.titles(chatbot_id, search=search, kind=asked.kind, limit=asked.limit)
    return jsonify(
        sources=[{"id": str(id), "title": title, "kind": kind} for id, title, kind in found]
    )


def public_settings(chatbot: Chatbot, max_message_chars: int) -> dict[str, Any]:
    """Return an allow-list of a chatbot's settings; nothing else ever leaves."""
    return {
        "id": str(chatbot.id),
        "name": chatbot.name,
        "suggested_questions": chatbot.suggested_questions,
        "mode": chatbot.mode,
        "modes": chatbot.visitor_modes,
        "max_message_chars": max_message_chars,
        "follow_ups": chatbot.engine == "gemini" and chatbot.suggests_follow_ups,
        "theme": theme_of(chatbot.theme).spelled(),
        "contact": chatbot.contact_asked,
        "consent": chatbot.consent,
        "keeps_words": chatbot.keeps_words,
    }


def spoken(chatbot: Chatbot, language: str) -> dict[str, Any]:
    """Return the widget's words in a language, the owner's before ours."""
    own = {} if chatbot.welcome == WELCOME else {"welcome": chatbot.welcome}
    if limit := chatbot.words.get("limit"):
        own |= dict.fromkeys(LIMIT_WORDS, limit)
    if error := chatbot.words.get("error"):
        own |= dict.fromkeys(ERROR_WORDS, error)
    strings = languages.words(language) | chatbot.strings | own
    return {
        "locale": language,
        "dir": languages.direction(language),
        "welcome": strings.pop("welcome"),
        "strings": strings,
        "words": asset_url(languages.more_words_asset(language)),
    }
