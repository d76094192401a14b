"""Somebody whom a website knows, and has signed for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import Id, Moment, now, owned_by


class Identity(Model):
    """A person of a website, who is the same visitor on every device."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("chatbot_id", "external_id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    external_id: Mapped[str] = mapped_column(String(200))  # what the website calls them
    visitor_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    vouched: Mapped[bool] = mapped_column(default=False)  # name and e-mail were signed, too
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
