"""What must still be deleted elsewhere, and is not forgotten until it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, one_of


class Deletion(Model):
    """A store, a document or an original that goes.

    It outlives the chatbot and the organization that it belonged to, and so names them without
    a tie and keeps the sealed key that it was made with.
    """

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "next_at"), Index(None, "kind", "name"))

    id: Mapped[Id]
    organization_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(one_of("deletion_kind", "store", "document", "original"))
    name: Mapped[str] = mapped_column(String(300))
    sealed_key: Mapped[str | None] = mapped_column(Text)  # None: the installation's
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment, default=now)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
