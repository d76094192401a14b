"""What a member wrote beside a conversation, for the team."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, owned_by


class Note(Model):
    """A remark about a conversation that its visitor never sees."""

    __tablename__ = "notes"
    __table_args__ = (Index(None, "conversation_id", "id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id", index=True)
    conversation_id: Mapped[UUID] = owned_by("conversations.id")
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    author: Mapped[str] = mapped_column(String(255))  # their e-mail address, also when they left
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
