"""What a chatbot knows of its sources, for its owner to look at and for its engine to cite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ragwidget.database import reading
from ragwidget.engines.file_search.grounding import SourceFacts
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


def facts_of(
    sessions: Callable[[], Session], chatbot_id: UUID
) -> Callable[[Collection[str]], Mapping[str, SourceFacts]]:
    """Return what tells, in any thread, title, kind and address of a chatbot's sources by id.

    An id that is none, or none of this chatbot's, is not told of.
    """

    def facts(source_ids: Collection[str]) -> Mapping[str, SourceFacts]:
        wanted: list[UUID] = []
        for source_id in source_ids:
            with suppress(ValueError):
                wanted.append(UUID(source_id))
        with reading(), sessions() as session:
            found = session.execute(
                select(Source.id, Source.title, Source.kind, Source.url).where(
                    Source.chatbot_id == chatbot_id, Source.id.in_(wanted)
                )
            ).all()
        return {str(row.id): SourceFacts(row.title, row.kind, row.url) for row in found}

    return facts
