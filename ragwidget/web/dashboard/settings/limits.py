"""On which websites a chatbot may be used, and how much may be asked there."""

from __future__ import annotations

from typing import Any

from flask import current_app
from wtforms import BooleanField, IntegerField, TextAreaField, ValidationError
from wtforms.validators import NumberRange, Optional

from ragwidget import insights
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import readable
from ragwidget.web.dashboard.settings.subject import Subject, SubjectForm
from ragwidget.web.origins import UnusableOrigin, read_origins

USUAL = {
    "questions_per_hour": "VISITOR_QUESTIONS_PER_HOUR",
    "address_questions_per_hour": "ADDRESS_QUESTIONS_PER_HOUR",
    "max_message_chars": "MAX_MESSAGE_CHARS",
}


def _number(label: str, description: str, least: int, most: int) -> IntegerField:
    words = f"A number from {least} to {most:,}, please."
    return IntegerField(
        label,
        description=description,
        validators=[Optional(), readable, NumberRange(least, most, words)],
    )


class OriginsForm(SubjectForm):
    """The websites that may use a chatbot."""

    origins = TextAreaField("Allowed websites")

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        return super().values(chatbot) | {"origins": "\n".join(chatbot.origins)}

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return super().settings() | {"origins": read_origins(self.origins.data)}

    def validate_origins(self, field: TextAreaField) -> None:
        """Say what is wrong with an address that no website can have."""
        try:
            read_origins(field.data)
        except UnusableOrigin as unusable:
            raise ValidationError(unusable.message) from None


class LimitsForm(OriginsForm):
    """Where a chatbot may be used, and how much."""

    questions_per_hour = _number(
        "Questions per visitor and hour",
        "More than anybody asks who reads the answers.",
        1,
        100_000,
    )
    address_questions_per_hour = _number(
        "Questions per network address and hour",
        "Of all visitors behind it: a whole office may share one.",
        1,
        100_000,
    )
    questions_per_day = _number(
        "Questions a day",
        "Of all visitors together, so that this chatbot leaves something to your others. Empty: "
        "as many as the organization has.",
        1,
        10_000_000,
    )
    max_message_chars = _number(
        "Characters in a question", "Room to explain, and none for whole documents.", 50, 10_000
    )
    repeats_answers = BooleanField(
        "Give an answer again for a day",
        description="To the same question at the beginning of a conversation, at once and for "
        "nothing, as long as sources and settings stay the same. Whoever asks: no engine is told "
        "what your website knows about them. Nothing that somebody disliked.",
    )


def _facts(chatbot: Chatbot, form: LimitsForm) -> dict[str, Any]:
    defaults = {name: current_app.config[setting] for name, setting in USUAL.items()}
    visitor = form.questions_per_hour.data or defaults["questions_per_hour"]
    address = form.address_questions_per_hour.data or defaults["address_questions_per_hour"]
    return {
        "defaults": defaults,
        "total": insights.report([chatbot.id], insights.named(insights.USUAL)).total,
        "narrow": (visitor, address) if address < visitor and not form.errors else None,
    }


subject = Subject("limits", "Websites & limits", LimitsForm, _facts)
bp = subject.blueprint("/limits")
