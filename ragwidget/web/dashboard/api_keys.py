"""The keys that programs of the organization use the owner API with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from ragwidget import api_keys, audit, tenancy
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import Chatbot, now
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("api_keys", __name__, url_prefix="/dashboard/organization/api-keys")

RIGHTS = {"": "Nothing", "read": "Read", "write": "Read and change"}
LIFETIMES = {"": "Never", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}


def _right(subject: str) -> SelectField:
    choices = [
        SelectChoice(right, words)
        for right, words in RIGHTS.items()
        if not right or f"{subject}:{right}" in api_keys.SCOPES
    ]
    return SelectField(api_keys.SUBJECTS[subject], default="", choices=choices)


class KeyForm(TidyForm):
    """What a key is for."""

    name = StringField(
        "Name",
        description="What will use it, such as the deployment of your website.",
        validators=[DataRequired("Please give it a name."), Length(max=80)],
    )
    chatbot = SelectField("For which chatbots", default="")
    lifetime = SelectField(
        "Expires", default="", choices=[SelectChoice(*each) for each in LIFETIMES.items()]
    )
    chatbots = _right("chatbots")
    sources = _right("sources")
    conversations = _right("conversations")
    insights = _right("insights")
    webhooks = _right("webhooks")

    def validate_chatbots(self, _field: SelectField) -> None:
        """Refuse a key that could do nothing."""
        if not self.scopes:
            raise ValidationError("Choose at least one thing that the key may read or change.")

    @property
    def rights(self) -> list[SelectField]:
        """Return the fields that say what the key may do."""
        return [self[subject] for subject in api_keys.SUBJECTS]

    @property
    def complaints(self) -> list[str]:
        """Return what is wrong with these fields, each thing once."""
        return list(dict.fromkeys(error for field in self.rights for error in field.errors))

    @property
    def scopes(self) -> list[str]:
        """Return what was chosen."""
        return [f"{field.name}:{field.data}" for field in self.rights if field.data]


@bp.get("")
def show() -> ResponseReturnValue:
    """Show which keys there are, and what they are for."""
    who = tenancy.member("owner")
    return _page(who, _form(tenancy.chatbots(who)))


@bp.post("")
def make() -> ResponseReturnValue:
    """Make a key, and show it this once."""
    who = tenancy.member("owner")
    form = _form(tenancy.chatbots(who))
    if not form.validate_on_submit():
        return _page(who, form), 422
    days = form.lifetime.data
    audit.note(who, "api_key.made", form.name.data, scopes=form.scopes)
    try:
        _, key = api_keys.make(
            who.organization_id,
            form.name.data,
            form.scopes,
            chatbot_id=UUID(form.chatbot.data) if form.chatbot.data else None,
            created_by=who.user_id,
            expires_at=now() + timedelta(days=int(days)) if days else None,
        )
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
        return _page(who, form), refusal.status
    return _page(who, _form(tenancy.chatbots(who), formdata=None), new_key=key)


@bp.post("/<uuid:key_id>/revoke")
def revoke(key_id: UUID) -> ResponseReturnValue:
    """Let a key open nothing any more."""
    who = tenancy.member("owner")
    if name := api_keys.revoke(who.organization_id, key_id):
        audit.note(who, "api_key.revoked", name)
    db.session.commit()
    if name:
        flash("The key is revoked. Whatever still uses it is refused.", "success")
    else:
        flash("It is revoked already.", "info")
    return redirect(url_for("dashboard.api_keys.show"), 303)


def _form(chatbots: list[Chatbot], **given: None) -> KeyForm:
    form = KeyForm(**given)
    form.chatbot.choices = [SelectChoice("", "All, also those to come")]
    form.chatbot.choices += [SelectChoice(str(each.id), f"Only {each.name}") for each in chatbots]
    return form


def _page(who: tenancy.Member, form: KeyForm, *, new_key: str | None = None) -> str:
    return render_template(
        "dashboard/api_keys.html",
        who=who,
        form=form,
        keys=api_keys.of_organization(who.organization_id),
        names={chatbot.id: chatbot.name for chatbot in tenancy.chatbots(who)},
        subjects=api_keys.SUBJECTS,
        rights=RIGHTS,
        new_key=new_key,
        now=now(),
    )
