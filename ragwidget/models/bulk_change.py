"""A change to all conversations that some filters find, and how far it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, owned_by


class BulkChange(Model):
    """What is done to conversations lot by lot. The row is the truth about its job."""

    __tablename__ = "bulk_changes"
    __table_args__ = (Index(None, "chatbot_id", "id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    change: Mapped[str] = mapped_column(String(20))
    tag_id: Mapped[UUID | None]
    filters: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    cursor: Mapped[str] = mapped_column(String(100))  # what is not done stands behind it
    done: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
