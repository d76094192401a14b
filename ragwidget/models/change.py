"""What somebody set about a chatbot: one setting, as it was before and behind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, owned_by


class Change(Model):
    """One setting of a chatbot that became another; what was saved at once shares `save_id`."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "chatbot_id", "save_id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    program: Mapped[str | None] = mapped_column(String(80))  # the API key's name, if it was one
    save_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(String(80))  # "top_k", or "theme.accent" inside of one
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created_at: Mapped[CreatedAt]
