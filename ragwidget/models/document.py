"""A source's copy in its chatbot's File Search store, and how far its indexing is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, one_of, owned_by

DOCUMENT_STATES = ("waiting", "uploading", "indexing", "ready", "failed")


class Document(Model):
    """One content of a source in one store. The row is the truth about its upload.

    While a changed content is uploaded, the source has two: the earlier one answers until the
    new one is ready.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index(None, "source_id"),
        Index(None, "chatbot_id", "state"),
        Index(None, "state", "next_at"),
        Index(None, "name"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    source_id: Mapped[UUID] = owned_by("sources.id")
    content_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of what is uploaded
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    store: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(String(300))  # what the service calls it
    operation: Mapped[str | None] = mapped_column(String(300))  # the service's indexing

    state: Mapped[str] = mapped_column(
        one_of("document_state", *DOCUMENT_STATES), default="waiting"
    )
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)  # its uploader is alive until then
    next_at: Mapped[datetime] = mapped_column(Moment, default=now)  # when to look at it again
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(Text)  # the reason, in the owner's words
    created_at: Mapped[CreatedAt]
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
