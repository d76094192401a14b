"""The member's own page, and the way in."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ragwidget import tenancy

bp = Blueprint("account", __name__)


@bp.get("/")
def door() -> ResponseReturnValue:
    """Lead to the dashboard, or to the sign-in."""
    inside = current_user.is_authenticated
    return redirect(url_for("dashboard.chatbots.index" if inside else "security.login"))


@bp.get("/account")
def show() -> ResponseReturnValue:
    """Show who is signed in, and the ways to change that."""
    who = tenancy.member()
    return render_template(
        "dashboard/account.html",
        who=who,
        two_factor=current_app.config["TWO_FACTOR"],
        passkeys=current_app.config["PASSKEYS"],
    )
