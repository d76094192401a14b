"""Addresses of others that hear what happens, and what was sent to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, owned_by

_OPEN = text("next_at IS NOT NULL")


class Webhook(Model):
    """An address of an organization's that hears of some kinds of happenings."""

    __tablename__ = "webhooks"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    url: Mapped[str] = mapped_column(String(2000))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    chatbot_ids: Mapped[list[str]] = mapped_column(JSON, default=list)  # empty: all there are
    with_words: Mapped[bool] = mapped_column(default=False)  # what visitors typed goes along
    secret: Mapped[str] = mapped_column(Text)  # sealed
    created_at: Mapped[CreatedAt]
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    off_at: Mapped[datetime | None] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)  # somebody sends to it until then


class Delivery(Model):
    """One happening on its way to one webhook, and how its last try went."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index("ix_deliveries_open", "next_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    webhook_id: Mapped[UUID] = owned_by("webhooks.id")
    chatbot_id: Mapped[UUID | None]  # no tie: what was told of it outlives it in the log
    happening_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    happened_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(Moment, default=now)  # None: it is over
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    status: Mapped[int | None]
    took_ms: Mapped[int | None]
    reply: Mapped[str] = mapped_column(String(500), default="")  # the beginning of it
    error: Mapped[str] = mapped_column(String(300), default="")
