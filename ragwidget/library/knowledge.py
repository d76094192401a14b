"""What a chatbot knows of its sources, for its owner to look at."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from ragwidget.extensions import db
from ragwidget.models import Source
from ragwidget.models.passage import Passage


def some(chatbot_id: UUID, source_ids: Sequence[UUID]) -> list[Source]:
    """Return those of a chatbot's sources that have one of these ids, newest first."""
    return list(
        db.session.scalars(
            select(Source)
            .where(Source.chatbot_id == chatbot_id, Source.id.in_(source_ids))
            .order_by(Source.id.desc())
        )
    )


def passages_of(source_id: UUID, *, after: int = -1, limit: int = 50) -> list[Passage]:
    """Return a source's passages in their order, from behind a position on."""
    return list(
        db.session.scalars(
            select(Passage)
            .where(Passage.source_id == source_id, Passage.position > after)
            .order_by(Passage.position)
            .limit(limit)
        )
    )
