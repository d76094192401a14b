"""Who belongs to an organization, and as what."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, one_of

ROLES = ("viewer", "editor", "owner")  # each may do what the ones before it may


class Membership(Model):
    """The tie between a person and an organization."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(one_of("role", *ROLES))
    display_name: Mapped[str | None] = mapped_column(String(120))  # as visitors read it
    created_at: Mapped[CreatedAt]
