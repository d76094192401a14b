"""An organization's tags: made, renamed, coloured, deleted."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from ragwidget import audit, conversations, tenancy
from ragwidget.errors import InvalidInput, TagNotFound
from ragwidget.extensions import db
from ragwidget.models import COLOURS, Chatbot
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.forms import TidyForm


class TagForm(TidyForm):
    """A tag's name and colour."""

    name = StringField(
        "Name",
        validators=[
            DataRequired("Please give the tag a name."),
            Length(max=conversations.tags.MOST_NAME_CHARS),
        ],
    )
    colour = SelectField("Colour", choices=[SelectChoice(one, one.capitalize()) for one in COLOURS])


@bp.get("/tags")
def show_tags(chatbot_id: UUID) -> ResponseReturnValue:
    """Show the tags there are."""
    who = tenancy.member()
    return _page(who, tenancy.chatbot(who, chatbot_id))


@bp.post("/tags")
def add_tag(chatbot_id: UUID) -> ResponseReturnValue:
    """Make a tag."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = TagForm()
    if form.validate_on_submit():
        try:
            tag = conversations.tags.create(who.organization_id, form.name.data, form.colour.data)
        except InvalidInput as refusal:
            form.name.errors = [_reason(refusal)]
        else:
            audit.note(who, "tag.created", tag.name)
            db.session.commit()
            return _back(chatbot)
    return _page(who, chatbot, form), 422


@bp.post("/tags/<uuid:tag_id>")
def save_tag(chatbot_id: UUID, tag_id: UUID) -> ResponseReturnValue:
    """Give a tag another name or colour."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    tag = conversations.tags.find(who.organization_id, tag_id)
    form = TagForm()
    try:
        if not form.validate_on_submit():
            words = [word for words in form.errors.values() for word in words]
            raise InvalidInput(f"name: {' '.join(map(str, words))}", field="name")
        conversations.tags.change(tag, form.name.data, form.colour.data)
    except InvalidInput as refusal:
        db.session.rollback()
        flash(_reason(refusal), "error")
    else:
        audit.note(who, "tag.changed", tag.name)
        db.session.commit()
        flash("Saved.", "success")
    return _back(chatbot)


@bp.post("/tags/<uuid:tag_id>/delete")
def delete_tag(chatbot_id: UUID, tag_id: UUID) -> ResponseReturnValue:
    """Delete a tag; the conversations that have it stay."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    try:
        tag = conversations.tags.find(who.organization_id, tag_id)
        conversations.tags.remove(tag)
        audit.note(who, "tag.deleted", tag.name)
        db.session.commit()
        flash(f"The tag “{tag.name}” is deleted.", "success")
    except TagNotFound:
        flash("It is deleted already.", "info")
    return _back(chatbot)


def _page(who: tenancy.Member, chatbot: Chatbot, form: TagForm | None = None) -> str:
    tags = conversations.tags.of_organization(who.organization_id)
    return render_template(
        "dashboard/tags.html",
        who=who,
        chatbot=chatbot,
        forms=[(tag, TagForm(formdata=None, obj=tag, prefix="")) for tag in tags],
        form=form or TagForm(formdata=None),
    )


def _reason(refusal: InvalidInput) -> str:
    words = refusal.message.partition(": ")[2] or refusal.message
    return words[:1].upper() + words[1:]


def _back(chatbot: Chatbot) -> ResponseReturnValue:
    return redirect(url_for("dashboard.conversations.show_tags", chatbot_id=chatbot.id), 303)
