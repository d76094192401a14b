"""A conversation's place in the index of what was said.

The index itself, `transcripts_fts`, is each database's own and made by its migration. A number is
never given twice and grows with time, so that the order of numbers is the order of what was said
last.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.passage import Number


class Transcript(Model):
    """The number under which a conversation's words are found."""

    __tablename__ = "transcripts"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), unique=True
    )
