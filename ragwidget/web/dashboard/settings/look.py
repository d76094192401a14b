"""How a chatbot's widget looks, tried on before it is saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pydantic
from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, RadioField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange

from ragwidget import audit, chatbots, tenancy
from ragwidget.chatbots import Theme
from ragwidget.chatbots.theme import ICONS, MOST_LAYER
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import readable
from ragwidget.web.dashboard.settings.subject import SAVED, Subject, SubjectForm

OWN = "own"


def _choices(**labels: str) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


def _number(label: str, least: int, most: int, description: str) -> IntegerField:
    words = f"A number from {least} to {most:,}, please."
    return IntegerField(
        label, description=description, validators=[readable, NumberRange(least, most, words)]
    )


class LookForm(SubjectForm):
    """Everything an owner can choose about the look."""

    accent = StringField(
        "Accent colour",
        description="The launcher, questions and links. As text it is darkened or lightened until "
        "it can be read.",
    )
    background = StringField(
        "Background",
        description="Of the open chat. It is lightened for light screens and darkened for dark "
        "ones as far as reading needs it. Empty: white, or nearly black.",
    )
    scheme = RadioField(
        "Light or dark",
        description="A website that is always dark wants a chat that is, too.",
        choices=_choices(auto="As the visitor’s device", light="Light", dark="Dark"),
    )
    position = RadioField(
        "Corner",
        description="Choose the one in which your pages have nothing else.",
        choices=_choices(right="Right", left="Left"),
    )
    offset_x = _number(
        "From the side", 0, 200, "In pixels; more when something else is in the corner."
    )
    offset_y = _number("From below", 0, 200, "In pixels; more above a bar at the bottom.")
    layer = _number(
        "Layer",
        1,
        MOST_LAYER,
        "The z-index, for old browsers; new ones show the chat above everything.",
    )
    radius = _number("Roundness", 0, 28, "Of corners, in pixels. 0 makes everything square.")
    font = StringField(
        "Font",
        description="system, serif, mono, or the name of a font that your pages have, such as "
        "Inter. The widget fetches none.",
    )
    density = RadioField(
        "Density",
        description="How much room there is between what is said.",
        choices=_choices(compact="Compact", normal="Normal", roomy="Roomy"),
    )
    size = RadioField(
        "Size",
        description="Of the open chat; on a phone it always fills the screen.",
        choices=_choices(small="Small", normal="Normal", large="Large"),
    )
    icon = RadioField(
        "Launcher",
        description="What is on the button that opens the chat.",
        choices=_choices(**{name: name.capitalize() for name in ICONS}, own="A sign of your own"),
    )
    sign = StringField("Your own sign", description="One or two characters, or an emoji.")
    avatar = StringField(
        "Avatar",
        description="Beside the name at the top: one or two characters, or an emoji. Empty: the "
        "first letter of the name.",
    )

    def validate_sign(self, field: StringField) -> None:
        """Refuse a launcher without anything on it."""
        if self.icon.data == OWN and not field.data:
            raise ValidationError("Give it a sign of your own.")

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        theme = Theme().model_dump() | chatbot.theme
        own = {} if theme["icon"] in ICONS else {"icon": OWN, "sign": theme["icon"]}
        return theme | own

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {"theme": self._chosen().chosen()}

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether this look can be; else the reasons are at the fields."""
        if not super().validate(extra_validators):
            return False
        try:
            self._chosen()
        except pydantic.ValidationError as problem:
            for error in problem.errors(include_url=False, include_context=False):
                name = str(error["loc"][0])
                field = self["sign" if name == "icon" and self.icon.data == OWN else name]
                reason = error["msg"].removeprefix("Value error, ")
                field.errors = [*field.errors, f"{reason[0].upper()}{reason[1:]}."]
            return False
        return True

    def _chosen(self) -> Theme:
        chosen: dict[str, Any] = {name: self[name].data for name in Theme.model_fields}
        if self.icon.data == OWN:
            chosen["icon"] = self.sign.data
        return Theme.model_validate(chosen)


subject = Subject(
    "look", "Look", LookForm, lambda _chatbot, _form: {"icons": ICONS, "usual": Theme()}
)
bp = subject.blueprint("/look")


@bp.post("/reset")
def reset(chatbot_id: UUID) -> ResponseReturnValue:
    """Go back to the look that every chatbot begins with."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="look")
    chatbots.change(chatbot, who.user_id, theme={})
    flash(SAVED, "success")
    return redirect(url_for("dashboard.look.show", chatbot_id=chatbot.id), 303)
