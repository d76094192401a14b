"""What is told of chatbots and how they are set."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ragwidget.web.owner.settings import Engine, Mode
from ragwidget.web.visitor.replies import Reply


class WordsSet(Reply):
    """What a chatbot says in your words; empty: in its own."""

    refusal: str
    limit: str
    error: str


class LookSet(Reply):
    """What the widget looks like."""

    accent: str
    background: str
    scheme: str
    position: str
    radius: int
    font: str
    density: str
    offset_x: int
    offset_y: int
    layer: int
    icon: str
    avatar: str
    size: str


class Chatbot(Reply):
    """A chatbot with its settings; null is the installation's own."""

    id: UUID
    name: str
    paused: bool
    instructions: str
    mode: Mode
    visitor_modes: list[Mode]
    engine: Engine
    next_engine: Engine | None
    """What it is changing to."""
    engine_error: str | None
    """Why it could not change."""
    model: str | None
    temperature: float | None
    top_k: int
    max_output_tokens: int | None
    local_fallback: bool
    writes_titles: bool
    suggests_follow_ups: bool
    repeats_answers: bool
    welcome: str
    suggested_questions: list[str]
    words: WordsSet
    strings: dict[str, str]
    theme: LookSet
    locale: str
    answer_language: str
    contact: Literal["never", "offered", "first"]
    consent: str
    retention_days: int | None
    keeps_words: bool
    origins: list[str]
    questions_per_hour: int | None
    address_questions_per_hour: int | None
    questions_per_day: int | None
    max_message_chars: int | None
    created_at: datetime
    updated_at: datetime


class ChatbotReply(Reply):
    """One chatbot."""

    chatbot: Chatbot


class Chatbots(Reply):
    """A page of chatbots."""

    chatbots: list[Chatbot]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""
