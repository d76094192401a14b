"""Where the pages about conversations live."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint(
    "conversations", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/conversations"
)
