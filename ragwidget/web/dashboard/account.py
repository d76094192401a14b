"""The member's own page, and the way in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ragwidget import audit, tenancy
from ragwidget.members import sign_ins

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
        sign_ins=sign_ins.of(who.user_id),
        here=sign_ins.current(),
        two_factor=current_app.config["TWO_FACTOR"],
        passkeys=current_app.config["PASSKEYS"],
    )


@bp.post("/account/sign-ins/<uuid:sign_in_id>/end")
def end_sign_in(sign_in_id: UUID) -> ResponseReturnValue:
    """Sign a member out on one of their devices."""
    who = tenancy.member()
    audit.note(who, "sign_in.ended", who.email)
    sign_ins.end(who.user_id, sign_in_id)
    flash("That device is signed out.", "success")
    return redirect(url_for("dashboard.account.show"), 303)


@bp.post("/account/sign-ins/end-others")
def end_other_sign_ins() -> ResponseReturnValue:
    """Sign a member out everywhere but here."""
    who = tenancy.member()
    audit.note(who, "sign_in.others_ended", who.email)
    sign_ins.end_others(who.user_id)
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("dashboard.account.show"), 303)
