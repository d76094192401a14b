"""Out of our mails by one link, for people and for mail programs."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ragwidget import notices
from ragwidget.extensions import csrf

bp = Blueprint("unsubscribe", __name__)
csrf.exempt(bp)  # a mail program presses the button, and the link is all it needs


@bp.get("/unsubscribe/<token>")
def show(token: str) -> ResponseReturnValue:
    """Ask once more: programs that look at mails open every link in them."""
    _, _, kind = notices.read_leaving(token)
    return render_template("unsubscribe.html", kind=kind, done=False)


@bp.post("/unsubscribe/<token>")
def leave(token: str) -> ResponseReturnValue:
    """Let whoever this was sent to out of this kind of mail."""
    organization_id, user_id, kind = notices.read_leaving(token)
    notices.leave(organization_id, user_id, kind)
    return render_template("unsubscribe.html", kind=kind, done=True)
