"""All organizations of a person: to switch between them, to make another, or the first."""

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
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ragwidget import audit, members, tenancy
from ragwidget.errors import NoOrganization, NotAllowed, NotFound, OtherOrganization
from ragwidget.extensions import limiter
from ragwidget.members import sign_ins
from ragwidget.web.dashboard.forms import TidyForm

MOST_OWNED = 20

bp = Blueprint("organizations", __name__, url_prefix="/dashboard/organizations")


class NewOrganizationForm(TidyForm):
    """What another organization is to be called."""

    name = StringField(
        "Name",
        description="A company, a club, a project: it has its own chatbots, team and budget.",
        validators=[DataRequired("Please give it a name."), Length(max=120)],
    )


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the organizations that somebody belongs to, also when it is none."""
    return _page(NewOrganizationForm(formdata=None))


@bp.post("")
@limiter.limit("10 per hour")
def make() -> ResponseReturnValue:
    """Make another organization, and act for it."""
    person = tenancy.person()
    if not _may_make(person):
        raise NotAllowed("No more organizations can be made here.")
    form = NewOrganizationForm()
    if not form.validate_on_submit():
        return _page(form), 422
    made = members.found(person.user_id, form.name.data)
    who = tenancy.Member(person.user_id, person.email, made.id, made.name, "owner")
    audit.note(who, "organization.created", made.name)
    sign_ins.act_for(made.id)
    flash(f"{made.name} is here, and you are its owner.", "success")
    return redirect(url_for("dashboard.chatbots.index"), 303)


@bp.post("/<uuid:organization_id>/switch")
def switch(organization_id: UUID) -> ResponseReturnValue:
    """Act for another organization from here on, and go where the member was going."""
    if organization_id not in {one.organization_id for one in tenancy.person().organizations}:
        raise NotFound
    sign_ins.act_for(organization_id)
    return redirect(_way_on() or url_for("dashboard.chatbots.index"), 303)


@bp.app_errorhandler(OtherOrganization)
def offer_switch(refusal: OtherOrganization) -> ResponseReturnValue:
    """Show a kind way to a page of another organization of one's own."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(refusal.body()), refusal.status
    page = render_template("dashboard/other_organization.html", refusal=refusal)
    return page, refusal.status


@bp.app_errorhandler(NoOrganization)
def welcome_back(refusal: NoOrganization) -> ResponseReturnValue:
    """Lead whoever belongs nowhere to where that can be changed."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(refusal.body()), refusal.status
    if request.method == "GET":
        return redirect(url_for("dashboard.organizations.index"), 303)
    return render_template("problem.html", status=403, error=refusal.body()["error"]), 403


def _may_make(person: tenancy.Person) -> bool:
    """Tell whether a person may have one more: each has an allowance of the installation's."""
    owned = [one for one in person.organizations if one.role == "owner"]
    return bool(current_app.config["SIGN_UP"]) and len(owned) < MOST_OWNED


def _way_on() -> str:
    """Return the page of ours that the form names, and nothing that leads elsewhere."""
    path = request.form.get("next", "")
    return path if path.startswith("/dashboard/") else ""


def _page(form: NewOrganizationForm) -> str:
    person = tenancy.person()
    who = tenancy.acting(person)
    return render_template(
        "dashboard/organizations.html",
        person=person,
        form=form,
        may_make=_may_make(person),
        acts_for=who.organization_id if who else None,
    )
