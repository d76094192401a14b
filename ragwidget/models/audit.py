"""What was done in an organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, owned_by


class AuditEntry(Model):
    """One thing that somebody did.

    It outlives the member and the chatbot that it names, and so names them without a tie.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "organization_id", "id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    who: Mapped[str] = mapped_column(
        String(255)
    )  # a member's e-mail address as it was, or an API key's name
    network: Mapped[str | None] = mapped_column(String(64))  # truncated, like those of visitors
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(300))
    chatbot_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[CreatedAt]
