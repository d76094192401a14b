"""What all pages of sources have in common: their address, and how they answer."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from ragwidget.errors import Refusal
from ragwidget.models import Chatbot

bp = Blueprint("sources", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/sources")


def reason(refusal: Refusal) -> str:
    """Return a refusal's words without the field, which the page shows in another way."""
    field = refusal.details.get("field")
    words = refusal.message.removeprefix(f"{field}: ") if field else refusal.message
    return words[:1].upper() + words[1:]


def back(chatbot: Chatbot) -> ResponseReturnValue:
    """Lead to the list of a chatbot's sources."""
    return redirect(url_for("dashboard.sources.index", chatbot_id=chatbot.id), 303)
