"""The member's own page, and the way in."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ragwidget import members, tenancy
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("account", __name__)


class OrganizationForm(TidyForm):
    """What an organization is called."""

    name = StringField(
        "Organization name",
        validators=[DataRequired("Please give it a name."), Length(max=120)],
    )


@bp.get("/")
def door() -> ResponseReturnValue:
    """Lead to the dashboard, or to the sign-in."""
    inside = current_user.is_authenticated
    return redirect(url_for("dashboard.chatbots.index" if inside else "security.login"))


@bp.get("/account")
def show() -> ResponseReturnValue:
    """Show who is signed in, and the ways to change that."""
    who = tenancy.member()
    return _page(who, OrganizationForm(name=who.organization_name))


@bp.post("/account")
def rename_organization() -> ResponseReturnValue:
    """Give the organization another name."""
    who = tenancy.member("owner")
    form = OrganizationForm()
    if not form.validate_on_submit():
        return _page(who, form), 422
    members.rename_organization(who.organization_id, form.name.data)
    flash("The organization has its new name.", "success")
    return redirect(url_for("dashboard.account.show"), 303)


def _page(who: tenancy.Member, form: OrganizationForm) -> str:
    return render_template(
        "dashboard/account.html",
        who=who,
        form=form,
        two_factor=current_app.config["TWO_FACTOR"],
        passkeys=current_app.config["PASSKEYS"],
    )
