"""Where an invitation leads: to joining, for who has an account here and for who has none."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import login_user
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo

from ragwidget import audit, members, tenancy
from ragwidget.errors import NotAllowed, NotSignedIn
from ragwidget.extensions import db, limiter
from ragwidget.members import invitations, sign_ins
from ragwidget.members.invitations import Followed
from ragwidget.models import User
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("joining", __name__, url_prefix="/invitations/<token>")


class AccountForm(TidyForm):
    """The password of a new account."""

    password = PasswordField("Password", validators=[DataRequired("Choose a password.")])
    again = PasswordField(
        "Password again",
        validators=[EqualTo("password", "The two are not the same. Type it again.")],
    )


@bp.get("")
def show(token: str) -> ResponseReturnValue:
    """Show who invites whom, and the way in."""
    return _page(token, invitations.follow(token), AccountForm(formdata=None))


@bp.post("")
def join(token: str) -> ResponseReturnValue:
    """Join with the account that one is signed in with."""
    followed = invitations.follow(token)
    if not current_user.is_authenticated:
        raise NotSignedIn
    if not invitations.is_for(followed.invitation, current_user.email):
        raise NotAllowed(f"This invitation is for {followed.invitation.email}.")
    _take(followed, current_user)
    sign_ins.act_for(followed.invitation.organization_id)
    return _inside(followed)


@bp.post("/account")
@limiter.limit("20 per hour")
def sign_up(token: str) -> ResponseReturnValue:
    """Make an account, and join with it."""
    followed = invitations.follow(token)
    if members.find(followed.invitation.email):
        return redirect(url_for("dashboard.joining.show", token=token), 303)
    form = AccountForm()
    if form.validate_on_submit():
        util = current_app.extensions["security"].password_util
        problems, password = util.validate(form.password.data, True)
        form.password.errors = problems or []
    if form.errors:
        return _page(token, followed, form), 422
    confirmed = followed.mailed or not current_app.config["CONFIRM_EMAIL"]
    user = members.create_invited(followed.invitation.email, password, confirmed=confirmed)
    _take(followed, user)
    if not confirmed:
        flash("Your account is ready. Confirm your address, then sign in.", "success")
        return redirect(url_for("security.send_confirmation"), 303)
    login_user(user, authn_via=["password"])
    sign_ins.act_for(followed.invitation.organization_id)
    return _inside(followed)


def _take(followed: Followed, user: User) -> None:
    invitation = followed.invitation
    who = tenancy.Member(
        user.id, user.email, invitation.organization_id, followed.organization, invitation.role
    )
    invitations.accept(followed, user.id)
    audit.note(
        who, "member.joined", user.email, role=invitation.role, invited_by=invitation.invited_by
    )
    db.session.commit()


def _inside(followed: Followed) -> ResponseReturnValue:
    flash(f"Welcome! You belong to {followed.organization} now.", "success")
    return redirect(url_for("dashboard.chatbots.index"), 303)


def _page(token: str, followed: Followed, form: AccountForm) -> str:
    inside = current_user.is_authenticated
    email = followed.invitation.email
    return render_template(
        "dashboard/joining.html",
        token=token,
        organization=followed.organization,
        invitation=followed.invitation,
        form=form,
        right=inside and invitations.is_for(followed.invitation, current_user.email),
        known=not inside and members.find(email) is not None,
    )
