"""Which engine answers for a chatbot, and how: a part of its settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app
from wtforms import BooleanField, FloatField, IntegerField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from ragwidget import budgets, chatbots, gemini_keys, library
from ragwidget.answering import TEMPERATURES
from ragwidget.errors import Refusal
from ragwidget.extensions import db, this_app
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import readable
from ragwidget.web.dashboard.settings.subject import SubjectForm

ENGINES = {"local": "the embedded engine", "gemini": "Gemini"}
CHOICES = [
    (
        "local",
        "Embedded: finds the sentences that answer and quotes them word for word. "
        "It needs no key, it costs nothing, and nothing leaves this server.",
    ),
    (
        "gemini",
        "Gemini: writes answers of its own from the passages it finds, and marks what rests on "
        "which. The sources and the visitors’ questions are sent to Google, which charges for "
        "every answer.",
    ),
]
MOST_PASSAGES = 20
LEAST_TOKENS = 200


class EngineForm(SubjectForm):
    """What an owner sets about the engine."""

    engine = RadioField(
        "Who answers",
        choices=[SelectChoice(*choice) for choice in CHOICES],
        validators=[Optional()],  # a choice that can't be made is not sent
    )
    model = SelectField(
        "Model",
        description="Stronger ones take longer and cost more.",
        validators=[Optional()],
    )
    temperature = FloatField(
        "Temperature",
        description="From 0, the likeliest words, to 2. Empty: as fits the mode.",
        validators=[Optional(), readable, NumberRange(0, 2, "A number from 0 to 2, please.")],
    )
    top_k = IntegerField(
        "Passages for an answer",
        description="More of them know more, take longer and cost more.",
        validators=[
            Optional(),
            readable,
            NumberRange(1, MOST_PASSAGES, f"A number from 1 to {MOST_PASSAGES}, please."),
        ],
    )
    max_output_tokens = IntegerField(
        "Length of an answer",
        description="The most it may take, in tokens, with the thinking before it; a word is about "
        "one and a half. Too few cut answers short.",
        validators=[Optional(), readable],
    )
    local_fallback = BooleanField(
        "Let the embedded engine answer while Gemini can’t be reached; the answer says so"
    )
    writes_titles = BooleanField(
        "Write titles for conversations: costs one small call for each conversation"
    )
    suggests_follow_ups = BooleanField(
        "Suggest what to ask next: costs one small call for each answer"
    )

    def validate_max_output_tokens(self, field: IntegerField) -> None:
        """Refuse answers that could say nothing, and longer ones than the installation's."""
        most = current_app.config["GEMINI_MAX_TOKENS"]
        if field.data is not None and not LEAST_TOKENS <= field.data <= most:
            raise ValidationError(f"A number from {LEAST_TOKENS} to {most:,}, please.")

    def offer_models(self) -> None:
        """Offer the installation's models, and the one that is in use."""
        config, chatbot = current_app.config, self.chatbot
        models: tuple[str, ...] = config["GEMINI_MODELS"]
        self.model.choices = [
            SelectChoice("", f"{config['GEMINI_MODEL']} (usual)"),
            *(SelectChoice(model, _with_price(model)) for model in models),
        ]
        if chatbot.model and chatbot.model not in models:
            words = f"{chatbot.model} (not offered)"
            self.model.choices.append(SelectChoice(chatbot.model, words))

    def engine_settings(self) -> dict[str, Any]:
        """Return what is to be kept of it, apart from the engine itself."""
        return {
            "model": self.model.data or None,
            "temperature": self.temperature.data,
            "top_k": self.top_k.data or self.chatbot.top_k,
            "max_output_tokens": self.max_output_tokens.data,
            "local_fallback": self.local_fallback.data,
            "writes_titles": self.writes_titles.data,
            "suggests_follow_ups": self.suggests_follow_ups.data,
        }


def choose(chatbot: Chatbot, by: UUID, wanted: str | None) -> None:
    """Let another engine take over, or call that off; refuses what can't be."""
    if wanted == chatbot.engine:
        if chatbot.next_engine or chatbot.engine_error:
            chatbots.stay(chatbot)
    elif wanted and wanted != chatbot.next_engine:
        chatbots.note(chatbot, by, {"engine": wanted})
        try:
            chatbots.change_engine(chatbot, wanted)
        except Refusal:
            db.session.rollback()  # with what was noted
            raise


def key_of(chatbot: Chatbot) -> gemini_keys.Standing:
    """Return what may be known of the key that its Gemini would use."""
    return gemini_keys.standing(this_app(), chatbot.organization_id)


def change_of(chatbot: Chatbot) -> library.Tally | None:
    """Return how far the sources are for the next engine, None when there is none."""
    return chatbots.progress(chatbot) if chatbot.next_engine else None


def usual_temperature(chatbot: Chatbot) -> float:
    """Return the temperature of a chatbot that names none."""
    return TEMPERATURES[chatbot.mode]


def _with_price(model: str) -> str:
    """Return a model's name, and that nobody told us what it costs if nobody did."""
    return model if budgets.prices().of(model) else f"{model} (price not known)"
