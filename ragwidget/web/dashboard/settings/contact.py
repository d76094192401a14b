"""When visitors are asked how they can be reached, and what they agree to."""

from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from ragwidget.web.dashboard.settings.subject import Subject, SubjectForm


class ContactForm(SubjectForm):
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


subject = Subject("contact", "Contact", ContactForm)
bp = subject.blueprint("/contact")
