"""The team of an organization: who belongs to it and as what, and who is invited."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import EmailField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from ragwidget import audit, members, tenancy
from ragwidget.errors import InvalidInput, Refusal, SecondFactorMissing
from ragwidget.extensions import db
from ragwidget.members import invitations, roles
from ragwidget.models import ROLES, Invitation
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("team", __name__, url_prefix="/dashboard/organization/team")

MAY = {
    "viewer": "may look at everything, and change nothing",
    "editor": "may change chatbots and sources, and answer visitors",
    "owner": "may also delete chatbots, and see to the team, keys and budget",
}


class RoleForm(TidyForm):
    """As what somebody belongs to the organization."""

    role = SelectField(
        "Role",
        default="editor",
        choices=[SelectChoice(role, role.capitalize()) for role in ROLES],
    )


class InvitationForm(RoleForm):
    """Who is invited."""

    email = EmailField(
        "E-mail", validators=[DataRequired("Write their e-mail address."), Length(max=254)]
    )


@bp.get("")
def show() -> ResponseReturnValue:
    """Show the team, and to owners who is invited."""
    return _page(tenancy.member(), InvitationForm(formdata=None))


@bp.post("/invitations")
def invite() -> ResponseReturnValue:
    """Ask somebody to join."""
    who = tenancy.member("owner")
    form = InvitationForm()
    if not form.validate_on_submit():
        return _page(who, form), 422
    email, role = form.email.data, form.role.data
    try:
        invitations.refuse_flood(who.organization_id, email)
        invitation = invitations.invite(who.organization_id, email, role, who.email)
    except Refusal as refusal:
        db.session.rollback()
        form.email.errors = [_reason(refusal)]
        return _page(who, form), refusal.status
    audit.note(who, "member.invited", invitation.email, role=role)
    return _sent(who, invitation)


@bp.post("/invitations/<uuid:invitation_id>/again")
def invite_again(invitation_id: UUID) -> ResponseReturnValue:
    """Send an invitation anew; the link of before is good for nothing any more."""
    who = tenancy.member("owner")
    invitation = invitations.renew(who.organization_id, invitation_id)
    invitations.refuse_flood(who.organization_id, invitation.email)
    audit.note(who, "member.invited_again", invitation.email, role=invitation.role)
    return _sent(who, invitation)


@bp.post("/invitations/<uuid:invitation_id>/revoke")
def revoke(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    who = tenancy.member("owner")
    email = invitations.revoke(who.organization_id, invitation_id)
    audit.note(who, "invitation.revoked", email)
    db.session.commit()
    flash(f"The invitation of {email} is taken back; its link opens nothing any more.", "success")
    return _back()


@bp.post("/<uuid:user_id>/role")
def change_role(user_id: UUID) -> ResponseReturnValue:
    """Give a member another role."""
    who = tenancy.member("owner")
    form = RoleForm()
    if not form.validate_on_submit():
        raise InvalidInput("role: it should be viewer, editor or owner.", field="role")
    email = _email_of(who, user_id)
    try:
        roles.change(who.organization_id, user_id, form.role.data)
    except roles.LastOwner as refusal:
        return _refused(refusal)
    audit.note(who, "member.role_changed", email, role=form.role.data)
    db.session.commit()
    flash(f"{email} is {_spelled(form.role.data)} now.", "success")
    return _back()


@bp.post("/<uuid:user_id>/transfer")
def transfer(user_id: UUID) -> ResponseReturnValue:
    """Make another member the owner in one's own place."""
    who = tenancy.member("owner")
    email = _email_of(who, user_id)
    roles.transfer(who.organization_id, who.user_id, user_id)
    audit.note(who, "organization.transferred", email)
    db.session.commit()
    flash(f"{email} owns {who.organization_name} now, and you are an editor.", "success")
    return _back()


@bp.post("/<uuid:user_id>/remove")
def remove(user_id: UUID) -> ResponseReturnValue:
    """Let a member belong to the organization no more."""
    who = tenancy.member("owner")
    email = _email_of(who, user_id)
    try:
        roles.remove(who.organization_id, user_id)
    except roles.LastOwner as refusal:
        return _refused(refusal)
    audit.note(who, "member.removed", email)
    db.session.commit()
    flash(f"{email} has no part in {who.organization_name} any more.", "success")
    return _back()


@bp.post("/second-factor")
def ask_for_second_factor() -> ResponseReturnValue:
    """Ask all members for a second factor, or for none any more."""
    who = tenancy.member("owner")
    asked = request.form.get("asked") == "yes"
    if asked and not (_offered() and current_user.has_second_factor):
        flash("Set one up for your own account first.", "error")
        return _back()
    audit.note(who, "organization.second_factor", asked="yes" if asked else "no")
    members.ask_for_second_factor(who.organization_id, asked)
    flash("Saved. It counts from now on.", "success")
    return _back()


@bp.app_errorhandler(SecondFactorMissing)
def lead_to_second_factor(refusal: SecondFactorMissing) -> ResponseReturnValue:
    """Lead a member to where they can set one up."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(refusal.body()), refusal.status
    if request.method == "GET":
        flash(refusal.message, "warning")
        return redirect(url_for("dashboard.account.show"), 303)
    return render_template("problem.html", status=403, error=refusal.body()["error"]), 403


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Belong to the organization no more oneself."""
    who = tenancy.member(leaving=True)
    try:
        roles.remove(who.organization_id, who.user_id)
    except roles.LastOwner as refusal:
        return _refused(refusal)
    audit.note(who, "member.left", who.email)
    db.session.commit()
    flash(f"You have left {who.organization_name}.", "success")
    return redirect(url_for("dashboard.organizations.index"), 303)


def _sent(who: tenancy.Member, invitation: Invitation) -> ResponseReturnValue:
    db.session.commit()
    invitations.send(invitation, who.organization_name)
    if invitations.by_mail():
        flash(f"An invitation is on its way to {invitation.email}.", "success")
    else:
        flash(f"{invitation.email} is invited. Send them the link below.", "success")
    return _back()


def _offered() -> bool:
    return bool(current_app.config["TWO_FACTOR"] or current_app.config["PASSKEYS"])


def _email_of(who: tenancy.Member, user_id: UUID) -> str:
    for colleague in roles.of(who.organization_id):
        if colleague.user_id == user_id:
            return colleague.email
    raise roles.MemberNotFound


def _refused(refusal: Refusal) -> ResponseReturnValue:
    db.session.rollback()
    flash(refusal.message, "error")
    return _back()


def _reason(refusal: Refusal) -> str:
    words = refusal.message.removeprefix("email: ")
    return words[:1].upper() + words[1:]


def _spelled(role: str) -> str:
    return f"an {role}" if role[0] in "eo" else f"a {role}"


def _page(who: tenancy.Member, form: InvitationForm) -> str:
    owner = who.may("owner")
    waiting = invitations.of(who.organization_id) if owner else []
    by_mail = invitations.by_mail()
    return render_template(
        "dashboard/team.html",
        who=who,
        form=form,
        may=MAY,
        offered=_offered(),
        team=roles.of(who.organization_id),
        invitations=waiting,
        by_mail=by_mail,
        links={} if by_mail else {one.id: invitations.link_of(one) for one in waiting},
    )


def _back() -> ResponseReturnValue:
    return redirect(url_for("dashboard.team.show"), 303)
