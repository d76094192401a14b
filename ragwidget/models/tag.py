"""A word with a colour that a team sorts conversations by."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, one_of, owned_by

COLOURS = ("grey", "red", "orange", "green", "teal", "blue", "violet", "pink")


class Tag(Model):
    """A tag of an organization, for the conversations of all its chatbots."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    name: Mapped[str] = mapped_column(String(40))
    colour: Mapped[str] = mapped_column(one_of("colour", *COLOURS), default=COLOURS[0])
    created_at: Mapped[CreatedAt]
