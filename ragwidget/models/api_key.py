"""What programs of an organization prove themselves with, and what they asked for only once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, owned_by


class ApiKey(Model):
    """A key for the owner API. Only its digest is kept, so that nobody can read it anywhere."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID | None] = owned_by("chatbots.id", index=True)  # None: all of them
    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(20))  # its first letters, to tell it from others
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of all of them
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)  # "sources:write", …
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class ApiCall(Model):
    """A call that carried an Idempotency-Key: what it made, and what it was answered."""

    __tablename__ = "api_calls"
    __table_args__ = (UniqueConstraint("api_key_id", "name"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    api_key_id: Mapped[UUID] = owned_by("api_keys.id")
    name: Mapped[str] = mapped_column(String(255))  # what its caller calls it
    fingerprint: Mapped[str] = mapped_column(String(64))  # of what was sent with it
    made_id: Mapped[UUID]  # of what it makes: known before that is made
    status: Mapped[int | None]  # None: it is not answered yet
    answer: Mapped[str | None] = mapped_column(Text)  # sealed
    lease_until: Mapped[datetime] = mapped_column(Moment)  # its process is alive until then
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
