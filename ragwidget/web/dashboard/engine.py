"""Which engine answers for a chatbot, and how: a part of its settings."""

from __future__ import annotations

from typing import Any

from flask import current_app
from wtforms import BooleanField, FloatField, IntegerField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional

from ragwidget import budgets, chatbots, keys, library
from ragwidget.answering import TEMPERATURES
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import TidyForm, readable

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


class EngineForm(TidyForm):
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
    local_fallback = BooleanField(
        "Let the embedded engine answer while Gemini can’t be reached; the answer says so"
    )
    writes_titles = BooleanField(
        "Write titles for conversations: costs one small call for each conversation"
    )
    suggests_follow_ups = BooleanField(
        "Suggest what to ask next: costs one small call for each answer"
    )

    def offer_models(self, chatbot: Chatbot) -> None:
        """Offer the installation's models, and the one that is in use."""
        config = current_app.config
        models: tuple[str, ...] = config["GEMINI_MODELS"]
        self.model.choices = [
            SelectChoice("", f"{config['GEMINI_MODEL']} (usual)"),
            *(SelectChoice(model, _with_price(model)) for model in models),
        ]
        if chatbot.model and chatbot.model not in models:
            words = f"{chatbot.model} (not offered)"
            self.model.choices.append(SelectChoice(chatbot.model, words))

    def engine_settings(self, chatbot: Chatbot) -> dict[str, Any]:
        """Return what is to be kept of it, apart from the engine itself."""
        return {
            "model": self.model.data or None,
            "temperature": self.temperature.data,
            "top_k": self.top_k.data or chatbot.top_k,
            "local_fallback": self.local_fallback.data,
            "writes_titles": self.writes_titles.data,
            "suggests_follow_ups": self.suggests_follow_ups.data,
        }


def values_of(chatbot: Chatbot) -> dict[str, object]:
    """Return what a form begins with."""
    return {
        "engine": chatbot.next_engine or chatbot.engine,
        "model": chatbot.model or "",
        "temperature": chatbot.temperature,
        "top_k": chatbot.top_k,
        "local_fallback": chatbot.local_fallback,
        "writes_titles": chatbot.writes_titles,
        "suggests_follow_ups": chatbot.suggests_follow_ups,
    }


def choose(chatbot: Chatbot, wanted: str | None) -> None:
    """Let another engine take over, or call that off; refuses what can't be."""
    if wanted == chatbot.engine:
        if chatbot.next_engine or chatbot.engine_error:
            chatbots.stay(chatbot)
    elif wanted and wanted != chatbot.next_engine:
        chatbots.change_engine(chatbot, wanted)


def key_of(chatbot: Chatbot) -> keys.Standing:
    """Return what may be known of the key that its Gemini would use."""
    return keys.standing(current_app._get_current_object(), chatbot.organization_id)  # type: ignore[attr-defined]


def change_of(chatbot: Chatbot) -> library.Tally | None:
    """Return how far the sources are for the next engine, None when there is none."""
    return chatbots.progress(chatbot) if chatbot.next_engine else None


def usual_temperature(chatbot: Chatbot) -> float:
    """Return the temperature of a chatbot that names none."""
    return TEMPERATURES[chatbot.mode]


def _with_price(model: str) -> str:
    """Return a model's name, and that nobody told us what it costs if nobody did."""
    return model if budgets.prices().of(model) else f"{model} (price not known)"
