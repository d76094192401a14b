"""What the events of an answer tell: the data of each, as `web/sse.py` spells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ragwidget.web.visitor.replies import Held, Reply, Source, Status


class StartEvent(Reply):
    """`start`: the question is written down, and an answer is on its way."""

    conversation: Held
    question_id: UUID
    message_id: UUID
    """The answer's."""


class DeltaEvent(Reply):
    """`delta`: the next words of the answer."""

    text: str


class SourcesEvent(Reply):
    """`sources`: what the answer rests on, behind its last word."""

    sources: list[Source]


class Tokens(Reply):
    """What an answer took of its model; null when nobody counted."""

    prompt: int | None
    completion: int | None
    total: int | None


class Latency(Reply):
    """How long an answer took."""

    first_text_ms: int | None
    total_ms: int | None


class Ended(Reply):
    """An answer that is stored."""

    id: UUID
    status: Status
    finish_reason: str | None
    engine: str | None
    model: str | None
    grounded: bool | None
    fallback: bool
    tokens: Tokens
    latency: Latency
    created_at: datetime


class DoneEvent(Reply):
    """`done`: the answer is whole and stored, or was stopped by its visitor."""

    message: Ended


class ErrorEvent(Reply):
    """`error`: the answer broke off; what had been said is stored."""

    code: str
    message: str
    retryable: bool


EVENTS: dict[str, type[Reply]] = {
    "start": StartEvent,
    "delta": DeltaEvent,
    "sources": SourcesEvent,
    "done": DoneEvent,
    "error": ErrorEvent,
}
