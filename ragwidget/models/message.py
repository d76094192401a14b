"""One message of a conversation, and what its answer rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, one_of, owned_by

OPEN_STATUSES = ("pending", "streaming")
STATUSES = (*OPEN_STATUSES, "completed", "failed", "stopped")


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Message(Model):
    """A question of the visitor or an answer of the chatbot.

    `cuts` are the lengths of the answer's text after each of its deltas, so that any process can
    spell the same events again. An answer that was asked for again has `superseded_at` and stays.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        UniqueConstraint("chatbot_id", "client_id"),
        # the few that are being written; what beats once a second stands in no index
        _partial("ix_messages_open", "id", where="status IN ('pending', 'streaming')"),
        # the answers whose words nobody finds yet
        Index(
            "ix_messages_to_index",
            "chatbot_id",
            sqlite_where=text("to_index = 1"),
            postgresql_where=text("to_index"),
        ),
        # what may be given again
        _partial(
            "ix_messages_chatbot_id_cache_key",
            "chatbot_id",
            "cache_key",
            where="cache_key IS NOT NULL",
        ),
        # the answers that stand, in the order of time
        _partial(
            "ix_messages_answers",
            "chatbot_id",
            "created_at",
            where="role = 'chatbot' AND superseded_at IS NULL",
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    conversation_id: Mapped[UUID] = owned_by("conversations.id")
    question_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )  # of an answer
    client_id: Mapped[UUID | None]  # of a question: the id that its page gave it
    position: Mapped[int]
    role: Mapped[str] = mapped_column(one_of("role", "visitor", "chatbot"))
    author: Mapped[str | None] = mapped_column(String(120))  # who of the team wrote it, if one did
    text: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(one_of("status", *STATUSES), default="completed")
    error_code: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(Text)  # as the visitor read it
    error_hint: Mapped[str | None] = mapped_column(Text)  # what the owner can do

    engine: Mapped[str | None] = mapped_column(String(40))
    model: Mapped[str | None] = mapped_column(String(120))
    mode: Mapped[str | None] = mapped_column(String(20))
    temperature: Mapped[float | None]
    finish_reason: Mapped[str | None] = mapped_column(String(40))
    grounded: Mapped[bool | None]
    withheld: Mapped[str | None] = mapped_column(Text)  # written by a model, shown to no visitor
    cache_key: Mapped[str | None] = mapped_column(String(32))  # the same for the same question
    saved: Mapped[int | None] = mapped_column(BigInteger)  # given again: what it had cost
    instead_of: Mapped[str | None] = mapped_column(Text)  # why the chatbot's engine did not answer
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    thought_tokens: Mapped[int | None]
    tool_tokens: Mapped[int | None]  # passages that were given to the model
    cached_tokens: Mapped[int | None]  # of the prompt, at a lower price
    total_tokens: Mapped[int | None]
    cost: Mapped[int | None] = mapped_column(BigInteger)  # in millionths of the currency
    held_tokens: Mapped[int] = mapped_column(default=0)  # set aside in the day's budget meanwhile
    held_cost: Mapped[int] = mapped_column(BigInteger, default=0)
    first_text_ms: Mapped[int | None]
    total_ms: Mapped[int | None]
    follow_ups: Mapped[list[str]] = mapped_column(JSON, default=list)  # to be suggested next
    cuts: Mapped[list[int]] = mapped_column(JSON, default=list)

    page_url: Mapped[str | None] = mapped_column(String(2000))  # where the question was asked
    page_title: Mapped[str | None] = mapped_column(String(300))
    rating: Mapped[str | None] = mapped_column(one_of("rating", "up", "down"))
    comment: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    to_index: Mapped[bool] = mapped_column(default=False)  # it ended, and is to be found by words

    created_at: Mapped[CreatedAt]
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
    heartbeat_at: Mapped[datetime | None] = mapped_column(Moment)  # its turn was alive then
    stop_asked_at: Mapped[datetime | None] = mapped_column(Moment)
    superseded_at: Mapped[datetime | None] = mapped_column(Moment)

    citations: Mapped[list[Citation]] = relationship(
        order_by="Citation.index", lazy="raise", passive_deletes=True
    )


class Citation(Model):
    """The tie from spans of an answer to a passage of a source, kept as it was read."""

    __tablename__ = "citations"
    __table_args__ = (UniqueConstraint("message_id", "index"),)

    id: Mapped[Id]
    message_id: Mapped[UUID] = owned_by("messages.id")
    source_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sources.id", ondelete="SET NULL"), index=True
    )
    index: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20))
    page: Mapped[int | None]
    url: Mapped[str | None] = mapped_column(String(2000))
    snippet: Mapped[str] = mapped_column(Text)
    score: Mapped[float] = mapped_column(default=0.0)
    spans: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
