"""What happened and must still be told to whoever listens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, owned_by

_WAITING = text("spread_at IS NULL")


class Happening(Model):
    """Something that webhooks or members are to hear of; of words it has only where they stand."""

    __tablename__ = "happenings"
    __table_args__ = (
        Index("ix_happenings_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("chatbots.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    once: Mapped[str | None] = mapped_column(String(120), unique=True)  # told no second time
    created_at: Mapped[CreatedAt]
    spread_at: Mapped[datetime | None] = mapped_column(Moment)
