"""Who is asked to join an organization."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, one_of, owned_by
from ragwidget.models.membership import ROLES


class Invitation(Model):
    """An invitation that was not followed yet; whoever follows it makes it a membership."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("organization_id", "email"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    email: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(one_of("invitation_role", *ROLES))
    invited_by: Mapped[str] = mapped_column(String(255))
    sendings: Mapped[int] = mapped_column(default=1)  # only the link of the last one is good
    expires_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[CreatedAt]

    @property
    def is_over(self) -> bool:
        """Tell whether its link is too old."""
        return self.expires_at <= now()
