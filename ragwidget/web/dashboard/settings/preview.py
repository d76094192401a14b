"""The real widget on a page that stands for a website, in a frame beside the form."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from ragwidget import tenancy
from ragwidget.web.dashboard.settings.subject import SETTINGS
from ragwidget.web.headers import policy

bp = Blueprint("preview", __name__, url_prefix=f"{SETTINGS}/preview")


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show the chat as it is kept; the page around it tells what is not saved yet."""
    chatbot = tenancy.chatbot(tenancy.member(), chatbot_id)
    response = make_response(render_template("dashboard/preview.html", chatbot=chatbot))
    response.headers["Content-Security-Policy"] = policy("'self'")
    return response
