"""What members want to be told by mail, and what is gathered to be told to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, one_of, owned_by

DIGESTS = ("off", "daily", "weekly")


class Subscription(Model):
    """What a member of an organization wants to be told, and when it is told next."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name="fk_subscriptions_membership",
            ondelete="CASCADE",
        ),
        Index(None, "mail_at"),
        Index(None, "digest_at"),
    )

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at_once: Mapped[list[str]] = mapped_column(JSON, default=list)  # kinds of happenings
    digest: Mapped[str] = mapped_column(one_of("digest", *DIGESTS), default="off")
    chatbot_ids: Mapped[list[str]] = mapped_column(JSON, default=list)  # empty: all there are
    mailed_at: Mapped[datetime | None] = mapped_column(Moment)
    mail_at: Mapped[datetime | None] = mapped_column(Moment)  # what is gathered goes out then
    digest_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)  # since a mail went out
    created_at: Mapped[CreatedAt]


class Notice(Model):
    """Happenings of one kind, gathered for one member until their next mail."""

    __tablename__ = "notices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["subscriptions.organization_id", "subscriptions.user_id"],
            name="fk_notices_subscription",
            ondelete="CASCADE",
        ),
        UniqueConstraint("organization_id", "user_id", "chatbot_id", "kind"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    user_id: Mapped[UUID] = owned_by("users.id", index=True)
    chatbot_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("chatbots.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(default=0)
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # of the first few
    created_at: Mapped[CreatedAt]
