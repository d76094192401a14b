"""A chat that has a page to itself; websites on the chatbot's list may show it in a frame."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from ragwidget import languages, tenancy
from ragwidget.errors import ChatbotNotFound, ChatbotPaused, Refusal
from ragwidget.models import Chatbot
from ragwidget.web.headers import policy

bp = Blueprint("hosted", __name__)


@bp.get("/c/<uuid:chatbot_id>")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show a chatbot's chat, or say kindly why there is none."""
    try:
        chatbot = tenancy.public_chatbot(chatbot_id)
    except ChatbotNotFound as refusal:
        return _page(None, refusal)
    return _page(chatbot, ChatbotPaused() if chatbot.paused_at else None)


def _page(chatbot: Chatbot | None, refusal: Refusal | None) -> ResponseReturnValue:
    language = languages.choose(
        request.args.get("lang"),
        chatbot.locale if chatbot else None,
        *request.accept_languages.values(),
    )
    page = render_template(
        "hosted.html",
        chatbot=chatbot,
        refused=refusal and languages.more_words(language)[refusal.code],
        language=language,
        direction=languages.direction(language),
    )
    response = make_response(page, refusal.status if refusal else 200)
    framers = " ".join(["'self'", *chatbot.origins]) if chatbot else "'none'"
    response.headers["Content-Security-Policy"] = policy(framers)
    response.vary.add("Accept-Language")
    return response
