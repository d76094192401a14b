"""What the memory hands out: plain values, which may cross threads where rows may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from ragwidget.chat.events import SourceRef
from ragwidget.engines.protocol import Said
from ragwidget.models import Citation, Conversation, Message

ENDED = {"completed", "failed", "stopped"}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a visitor is, or says they are."""

    name: str = ""
    email: str = ""
    identified: bool = False  # the website signed for them
    vouched: bool = False  # and for the name and the e-mail


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asks, as it came over the wire."""

    text: str
    client_id: UUID | None = None
    locale: str = ""
    page_url: str | None = None
    page_title: str | None = None
    tried: bool = False  # by a member, on a page of the dashboard
    address: str | None = None  # truncated
    mode: str | None = None
    source_ids: tuple[str, ...] = ()
    use_sources: bool = True
    speaker: Speaker = Speaker()
    context: Mapping[str, str] = field(default_factory=dict)  # the page's, for the owner only


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A question that is written down, with the place where its answer will be."""

    organization_id: UUID
    chatbot_id: UUID
    visitor_id: UUID
    conversation_id: UUID
    title: str
    question_id: UUID
    message_id: UUID
    question: Question
    history: tuple[Said, ...]
    fresh: bool  # False: asked before, nobody is to be asked again


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of the chatbot as it is written down at this moment."""

    id: UUID
    conversation_id: UUID
    title: str
    question_id: UUID
    status: str
    text: str
    cuts: tuple[int, ...]
    sources: tuple[SourceRef, ...]
    error: dict[str, Any] | None
    heartbeat_at: datetime | None
    done: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will come."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer stands that has ended."""

    status: str
    error: dict[str, Any] | None
    done: dict[str, Any]


def source_ref(citation: Citation) -> SourceRef:
    """Return a stored citation as the wire tells it."""
    return SourceRef(
        index=citation.index,
        source_id=str(citation.source_id or ""),
        title=citation.title,
        kind=citation.kind,
        page=citation.page,
        url=citation.url,
        snippet=citation.snippet,
        score=citation.score,
        spans=tuple((start, end) for start, end in citation.spans),
    )


def error_of(message: Message | Row[Any]) -> dict[str, Any] | None:
    """Return why an answer failed, as its visitor reads it."""
    if message.status != "failed":
        return None
    return {
        "code": message.error_code,
        "message": message.error,
        "retryable": bool(message.details.get("retryable", True)),
    }


def done_of(message: Message | Row[Any]) -> dict[str, Any]:
    """Return what the `done` event tells of an answer."""
    return {
        "id": str(message.id),
        "status": message.status,
        "finish_reason": message.finish_reason,
        "engine": message.engine,
        "model": message.model,
        "grounded": message.grounded,
        "fallback": message.instead_of is not None,
        "tokens": {
            "prompt": message.prompt_tokens,
            "completion": message.completion_tokens,
            "total": message.total_tokens,
        },
        "latency": {"first_text_ms": message.first_text_ms, "total_ms": message.total_ms},
        "created_at": message.created_at.isoformat(),
    }


def spell_message(message: Message) -> dict[str, Any]:
    """Return a message with its citations loaded, as the wire tells it."""
    feedback = {"rating": message.rating, "comment": message.comment or ""}
    return {
        "id": str(message.id),
        "role": "team" if message.author is not None else message.role,
        "author": message.author,
        "text": message.text,
        "status": message.status,
        "finish_reason": message.finish_reason,
        "engine": message.engine,
        "grounded": message.grounded,
        "fallback": message.instead_of is not None,
        "error": error_of(message),
        "sources": [spell_source(source_ref(citation)) for citation in message.citations],
        "follow_ups": message.follow_ups,
        "created_at": message.created_at.isoformat(),
        "question_id": str(message.question_id) if message.question_id else None,
        "feedback": feedback if message.rating else None,
    }


def spell_source(source: SourceRef) -> dict[str, Any]:
    """Return a source under an answer, as the wire tells it."""
    return {
        "index": source.index,
        "source_id": source.source_id,
        "title": source.title,
        "kind": source.kind,
        "page": source.page,
        "url": source.url,
        "snippet": source.snippet,
        "score": round(source.score, 4),
        "spans": [list(span) for span in source.spans],
    }


def spell_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as its visitor's list tells it."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "message_count": conversation.message_count,
        "last_message_at": conversation.last_message_at.isoformat(),
        "created_at": conversation.created_at.isoformat(),
        "archived": conversation.archived_at is not None,
    }
