"""Something a chatbot was given to read, and how far the reading is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, one_of, owned_by

KINDS = ("file", "page", "site", "text", "qa")
STATES = ("waiting", "reading", "ready", "failed")


class Source(Model):
    """Something a chatbot was given to read. The row is the truth about its reading job."""

    __tablename__ = "sources"
    __table_args__ = (
        Index(None, "chatbot_id", "id"),
        Index(None, "state", "lease_until"),
        Index(None, "chatbot_id", "content_hash"),
        Index(None, "original"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    kind: Mapped[str] = mapped_column(one_of("kind", *KINDS))
    title: Mapped[str] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(2000))
    format: Mapped[str | None] = mapped_column(String(20))  # "pdf", "docx", …, once it is known
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    content_hash: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of what was given
    original: Mapped[str | None] = mapped_column(String(200))  # its key among the originals
    text: Mapped[str | None] = mapped_column(Text)  # a pasted text, or the answer of a pair
    question: Mapped[str | None] = mapped_column(Text)

    state: Mapped[str] = mapped_column(one_of("state", *STATES), default="waiting")
    progress: Mapped[int] = mapped_column(default=0)  # per cent of this reading
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)  # its reader is alive until then
    error_code: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(Text)  # the reason, in the owner's words
    page_count: Mapped[int | None]
    passage_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None] = mapped_column(Moment)
