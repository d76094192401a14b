"""A message that a visitor left for a human."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, owned_by


class ContactRequest(Model):
    """Name, e-mail and message of a visitor who wants to hear from a human."""

    __tablename__ = "contact_requests"
    __table_args__ = (Index(None, "chatbot_id", "id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    conversation_id: Mapped[UUID] = owned_by("conversations.id", index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
