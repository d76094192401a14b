"""The member's own page, and the way in."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ragwidget import members, tenancy
from ragwidget.extensions import db
from ragwidget.members import sign_ins
from ragwidget.members.noting import note_everywhere
from ragwidget.web.dashboard.forms import tidy

bp = Blueprint("account", __name__)


@bp.get("/")
def door() -> ResponseReturnValue:
    """Lead to the dashboard, or to the sign-in."""
    inside = current_user.is_authenticated
    return redirect(url_for("dashboard.chatbots.index" if inside else "security.login"))


@bp.get("/account")
def show() -> ResponseReturnValue:
    """Show who is signed in, and the ways to change that."""
    person = tenancy.person()
    who = tenancy.acting(person)
    return render_template(
        "dashboard/account.html",
        who=who,
        shut_out=who and who.needs_second_factor and not current_user.has_second_factor,
        person=person,
        sign_ins=sign_ins.of(person.user_id),
        here=sign_ins.current(),
        two_factor=current_app.config["TWO_FACTOR"],
        passkeys=current_app.config["PASSKEYS"],
    )


@bp.post("/account/sign-ins/<uuid:sign_in_id>/end")
def end_sign_in(sign_in_id: UUID) -> ResponseReturnValue:
    """Sign a member out on one of their devices."""
    person = tenancy.person()
    note_everywhere(person, "sign_in.ended", elsewhere="one device")
    sign_ins.end(person.user_id, sign_in_id)
    flash("That device is signed out.", "success")
    return redirect(url_for("dashboard.account.show"), 303)


@bp.post("/account/sign-ins/end-others")
def end_other_sign_ins() -> ResponseReturnValue:
    """Sign a member out everywhere but here."""
    person = tenancy.person()
    note_everywhere(person, "sign_in.ended", elsewhere="all other devices")
    sign_ins.end_others(person.user_id)
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("dashboard.account.show"), 303)


@bp.post("/account/delete")
def delete() -> ResponseReturnValue:
    """Delete one's own account, once its address was typed."""
    person = tenancy.person()
    if tidy(request.form.get("email")).lower() != person.email.lower():
        flash(f"Nothing was deleted: type your address, {person.email}.", "error")
        return redirect(url_for("dashboard.account.show"), 303)
    note_everywhere(person, "member.left")
    try:
        members.ending.delete_account(person.user_id)
    except members.ending.StillOwner as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return redirect(url_for("dashboard.account.show"), 303)
    db.session.commit()
    session.clear()
    flash("Your account is deleted.", "success")
    return redirect(url_for("security.login"), 303)
