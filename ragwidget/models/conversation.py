"""What one visitor and the chatbot said: the thread itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, owned_by


class Conversation(Model):
    """A thread of one visitor with one chatbot."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "chatbot_id", "last_message_at", "id"),  # all
        Index(  # the owner's list
            "ix_conversations_current",
            "chatbot_id",
            "last_message_at",
            "id",
            sqlite_where=text("team_archived_at IS NULL"),
            postgresql_where=text("team_archived_at IS NULL"),
        ),
        Index(None, "chatbot_id", "message_count", "id"),  # the same, the longest first
        Index(None, "chatbot_id", "visitor_id", "last_message_at", "id"),  # the visitor's
        Index(  # of those who gave an address
            "ix_conversations_with_email",
            "chatbot_id",
            "visitor_email",
            "visitor_id",
            sqlite_where=text("visitor_email <> ''"),
            postgresql_where=text("visitor_email <> ''"),
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    visitor_id: Mapped[UUID]
    visitor_name: Mapped[str] = mapped_column(String(120), default="")
    visitor_email: Mapped[str] = mapped_column(String(254), default="")
    identified: Mapped[bool] = mapped_column(default=False)  # the website signed for its visitor
    vouched: Mapped[bool] = mapped_column(default=False)  # and for the name and the e-mail
    title: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(35), default="")
    page_url: Mapped[str | None] = mapped_column(String(2000))  # where it began
    page_title: Mapped[str | None] = mapped_column(String(300))
    tried: Mapped[bool] = mapped_column(default=False, server_default=false())  # by a member
    address: Mapped[str | None] = mapped_column(String(64))  # truncated: "203.0.113.0/24"
    message_count: Mapped[int] = mapped_column(default=0)
    next_position: Mapped[int] = mapped_column(default=1)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids; some may be deleted since
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    created_at: Mapped[CreatedAt]
    last_message_at: Mapped[datetime] = mapped_column(Moment, default=now)
    archived_at: Mapped[datetime | None] = mapped_column(Moment)  # by the visitor
    unread: Mapped[bool] = mapped_column(default=True, server_default=false())  # by the team
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
    team_archived_at: Mapped[datetime | None] = mapped_column(Moment)
