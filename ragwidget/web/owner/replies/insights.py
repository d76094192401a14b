"""What the numbers are told as."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class Spread(Reply):
    """How long half of the answers took at most, and how long all but a twentieth; null: none."""

    p50: int | None
    p95: int | None


class Numbers(Reply):
    """What happened in some time."""

    conversations: int
    """That began."""
    visitors: int
    questions: int
    answered: int
    """They got what they asked for."""
    refused: int
    """It was not in the sources."""
    near: int
    """Only the nearest passages were offered."""
    failed: int
    stopped: int
    liked: int
    disliked: int
    handed_over: int
    """Messages left for a human."""
    repeated: int
    """Answers that were given before."""
    saved: int
    """By that, in millionths of the currency."""
    first_text_ms: Spread
    total_ms: Spread


class NumbersOfDay(Numbers):
    """What happened on a day (UTC)."""

    day: date


class Asked(Reply):
    """A question or a page, and how often it came up."""

    words: str
    chatbot_id: UUID
    conversation_id: UUID
    """In which one of the questions was asked."""
    asked: int


class CitedSource(Reply):
    """A source, and how many answers cite it."""

    source_id: UUID
    title: str
    answers: int


class Insights(Reply):
    """What happened in a range of days, and in the one before."""

    first: date
    last: date
    total: Numbers
    before: Numbers
    """In as many days, directly before these."""
    days: list[NumbersOfDay]
    top_questions: list[Asked]
    unanswered_questions: list[Asked]
    top_pages: list[Asked]
    top_sources: list[CitedSource]
