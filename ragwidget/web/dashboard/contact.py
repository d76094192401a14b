"""When visitors are asked how they can be reached, and what they agree to."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from ragwidget import audit, chatbots, tenancy
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint(
    "contact", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/settings/contact"
)


class ContactForm(TidyForm):
    """What is asked of a visitor, and what they are told before."""

    contact = RadioField(
        "Name and e-mail",
        description="Every question before the first answer sends some visitors away.",
        choices=[
            SelectChoice("never", "Never ask"),
            SelectChoice(
                "offered",
                "Offer it: whoever finds no answer can leave a message for a human",
            ),
            SelectChoice(
                "first",
                "Ask first: the first question is answered once an e-mail address is given",
            ),
        ],
    )
    consent = TextAreaField(
        "What visitors agree to",
        description="Shown before a visitor’s first question. Say what you keep, why, and for how "
        "long. Empty: nothing is shown.",
        validators=[Length(max=1000)],
    )


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what is asked of visitors."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _page(who, chatbot, ContactForm(obj=chatbot))


@bp.post("")
def save(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep what is asked of visitors."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = ContactForm()
    if not form.validate_on_submit():
        flash("Nothing was saved yet: please look at the fields marked below.", "error")
        return _page(who, chatbot, form), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="contact")
    chatbots.change(chatbot, contact=form.contact.data, consent=form.consent.data)
    flash("Saved. Visitors see it the next time they open the chat.", "success")
    return redirect(url_for("dashboard.contact.show", chatbot_id=chatbot.id), 303)


def _page(who: tenancy.Member, chatbot: Chatbot, form: ContactForm) -> str:
    return render_template("dashboard/contact.html", who=who, chatbot=chatbot, form=form)
