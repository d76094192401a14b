"""Where a member is signed in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, owned_by


class SignIn(Model):
    """One sign-in of a person; a cookie that names none opens nothing."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    user_id: Mapped[UUID] = owned_by("users.id", index=True)
    organization_id: Mapped[UUID | None] = mapped_column(  # for which they act there
        ForeignKey("organizations.id", ondelete="SET NULL"), index=True
    )
    device: Mapped[str] = mapped_column(String(60))
    network: Mapped[str | None] = mapped_column(String(64))  # truncated, like those of visitors
    created_at: Mapped[CreatedAt]
