"""A message that a visitor left for a human."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, owned_by

_UNHANDLED = text("handled_at IS NULL")


class ContactRequest(Model):
    """Name, e-mail and message of a visitor who wants to hear from a human.

    It is open until a member takes it, and done once it is handled.
    """

    __tablename__ = "contact_requests"
    __table_args__ = (
        Index(None, "chatbot_id", "id"),
        Index(None, "chatbot_id", "created_at"),
        Index(None, "organization_id", "id"),
        Index(
            "ix_contact_requests_unhandled",
            "organization_id",
            "id",
            sqlite_where=_UNHANDLED,
            postgresql_where=_UNHANDLED,
        ),
        Index(
            "ix_contact_requests_unhandled_of",
            "chatbot_id",
            "id",
            sqlite_where=_UNHANDLED,
            postgresql_where=_UNHANDLED,
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    conversation_id: Mapped[UUID] = owned_by("conversations.id", index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    assignee_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
