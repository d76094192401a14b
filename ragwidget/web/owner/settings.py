"""A chatbot's settings as the owner API takes and tells them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from flask import current_app
from pydantic import AfterValidator, ConfigDict, Field

from ragwidget import languages
from ragwidget.chatbots import Theme, theme_of
from ragwidget.errors import InvalidInput
from ragwidget.models import Chatbot, now
from ragwidget.web.dashboard.settings.engine import LEAST_TOKENS
from ragwidget.web.origins import MOST_ORIGINS, UnusableOrigin, read_origins
from ragwidget.web.visitor.schemas import Name, Strict, Text, Words

Mode = Literal["strict", "balanced", "creative"]
Engine = Literal["local", "gemini"]
_GAP = re.compile(r"\{\w+\}")


def _no_defaults(schema: dict[str, Any]) -> None:
    # what is not sent stays as it is, so none of them is ever filled in
    for told in schema["properties"].values():
        told.pop("default", None)


def _known(language: str) -> str:
    if language and language not in languages.LANGUAGES:
        raise ValueError(f"it should be one of {', '.join(languages.LANGUAGES)}, or empty")
    return language


def _named(name: str) -> str:
    if not name:
        raise ValueError("it should not be empty")
    return name


def _fitting(strings: dict[str, str]) -> dict[str, str]:
    ours = languages.words(languages.DEFAULT) | languages.more_words(languages.DEFAULT)
    for key, text in strings.items():
        if key not in ours:
            raise ValueError(f"the widget has no words called {key[:80]}")
        if set(_GAP.findall(text)) - set(_GAP.findall(ours[key])):
            raise ValueError(f"{key} has a gap that nothing is ever filled into")
    return strings


class OwnWords(Strict):
    """What a chatbot says in your words; empty: in its own."""

    refusal: Annotated[Text, Field(max_length=500)] = ""
    """When the sources don't say."""
    limit: Annotated[Text, Field(max_length=500)] = ""
    """When somebody has asked too often."""
    error: Annotated[Text, Field(max_length=500)] = ""
    """When an answer fails."""


class Look(Theme):
    """What the widget looks like."""

    model_config = ConfigDict(extra="forbid")


class Settings(Strict):
    """What can be set of a chatbot; null is the installation's own, where there is one."""

    model_config = ConfigDict(json_schema_extra=_no_defaults)

    name: Annotated[Name, AfterValidator(_named)] = ""
    paused: bool = False
    """Whether the chat stays closed on every website."""
    instructions: Annotated[Text, Field(max_length=8000)] = ""
    """Tone, language, what to leave out; for engines that write their own sentences."""
    mode: Mode = "strict"
    visitor_modes: Annotated[list[Mode], Field(max_length=3)] = Field(default_factory=list)
    """The modes that a visitor may choose."""
    engine: Engine = "local"
    """A change goes on in the background: the earlier one answers until the sources are ready."""
    model: Annotated[str, Field(max_length=120)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_k: Annotated[int, Field(ge=1, le=20)] = 8
    """Passages for an answer."""
    max_output_tokens: int | None = None
    """The most that one answer may take, with the thinking before it."""
    local_fallback: bool = False
    """Whether the embedded engine answers while Gemini can't be reached."""
    writes_titles: bool = False
    suggests_follow_ups: bool = False
    repeats_answers: bool = False
    """Whether the same question gets the same answer for a day, as a conversation's first."""
    welcome: Annotated[Text, Field(max_length=1000)] = ""
    suggested_questions: Annotated[
        list[Annotated[Words, Field(max_length=120)]], Field(max_length=6)
    ] = Field(default_factory=list)
    words: OwnWords = Field(default_factory=OwnWords)
    strings: Annotated[
        dict[str, Annotated[Words, Field(max_length=300)]], AfterValidator(_fitting)
    ] = Field(default_factory=dict)
    """Words of the widget that you would rather have others for."""
    theme: Look = Field(default_factory=Look)
    locale: Annotated[str, AfterValidator(_known)] = ""
    """The widget's language; empty: the visitor's."""
    answer_language: Annotated[str, AfterValidator(_known)] = ""
    """Of engines that write their own sentences; empty: the question's."""
    contact: Literal["never", "offered", "first"] = "offered"
    """When a visitor is asked for a name and an e-mail address."""
    consent: Annotated[Text, Field(max_length=1000)] = ""
    """What a visitor is told beforehand."""
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days that what was said is kept."""
    keeps_words: bool = True
    """Whether what visitors type is stored."""
    origins: Annotated[
        list[Annotated[str, Field(max_length=300)]], Field(max_length=MOST_ORIGINS)
    ] = Field(default_factory=list)
    """Websites where the widget may be, as https://example.org or https://*.example.org."""
    questions_per_hour: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Of one visitor."""
    address_questions_per_hour: Annotated[int, Field(ge=1, le=100_000)] | None = None
    questions_per_day: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Of all visitors together."""
    max_message_chars: Annotated[int, Field(ge=50, le=10_000)] | None = None


class NewChatbot(Settings):
    """A chatbot that is to be made; what is not said of it is as usual."""

    name: Annotated[Name, AfterValidator(_named)]


class ChatbotChange(Settings):
    """What is to be changed of a chatbot; the rest stays as it is."""


def columns_of(given: Settings, chatbot: Chatbot | None) -> dict[str, Any]:
    """Return what was sent as a chatbot keeps it, apart from its engine, or refuse it."""
    sent = given.model_fields_set - {"engine", "paused"}
    columns = {name: getattr(given, name) for name in sent}
    if "theme" in sent:
        columns["theme"] = given.theme.chosen()
    if "words" in sent:
        said = given.words.model_dump(exclude_unset=True)
        columns["words"] = {**(chatbot.words if chatbot else {}), **said}
    if "origins" in sent:
        columns["origins"] = _origins(given.origins)
    if given.model and given.model not in _models(chatbot):
        names = ", ".join(current_app.config["GEMINI_MODELS"])
        raise InvalidInput(f"model: it should be one of {names}.", field="model")
    longest, tokens = current_app.config["GEMINI_MAX_TOKENS"], given.max_output_tokens
    if tokens is not None and not LEAST_TOKENS <= tokens <= longest:
        raise InvalidInput(
            f"max_output_tokens: it should be from {LEAST_TOKENS} to {longest:,}.",
            field="max_output_tokens",
        )
    most = current_app.config["RETENTION_DAYS"]
    if most and (given.retention_days or 0) > most:
        raise InvalidInput(
            f"retention_days: this installation keeps nothing for more than {most} days.",
            field="retention_days",
        )
    if "paused" in given.model_fields_set:
        since = chatbot.paused_at if chatbot else None
        columns["paused_at"] = (since or now()) if given.paused else None
    return columns


def spell_chatbot(chatbot: Chatbot) -> dict[str, Any]:
    """Return a chatbot as the owner API tells it."""
    alike = set(Settings.model_fields) - {"paused", "words", "theme", "engine"}
    return {
        "id": str(chatbot.id),
        **{name: getattr(chatbot, name) for name in alike},
        "paused": chatbot.paused_at is not None,
        "engine": chatbot.engine,
        "next_engine": chatbot.next_engine,
        "engine_error": chatbot.engine_error,
        "words": {name: chatbot.words.get(name, "") for name in OwnWords.model_fields},
        "theme": theme_of(chatbot.theme).model_dump(),
        "created_at": chatbot.created_at.isoformat(),
        "updated_at": chatbot.updated_at.isoformat(),
    }


def _origins(given: list[str]) -> list[str]:
    try:
        return read_origins("\n".join(given))
    except UnusableOrigin as unusable:
        raise UnusableOrigin(f"origins: {unusable.message}", field="origins") from None


def _models(chatbot: Chatbot | None) -> set[str | None]:
    return {*current_app.config["GEMINI_MODELS"], chatbot.model if chatbot else None}
