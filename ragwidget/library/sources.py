"""What a chatbot was given to read: found, read again, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from ragwidget import outbox
from ragwidget.extensions import db
from ragwidget.library import documents, passages
from ragwidget.library.originals import Originals
from ragwidget.models import Chatbot, Document, Source

ANEW: dict[str, Any] = {
    "state": "waiting",
    "attempts": 0,
    "progress": 0,
    "lease_until": None,
    "error": None,
    "error_code": None,
}


def of_chatbot(
    chatbot_id: UUID,
    *,
    search: str = "",
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = 1000,
) -> list[Source]:
    """Return a chatbot's sources for its owner, newest first."""
    wanted = select(Source).where(*_matching(chatbot_id, search, kind))
    if after is not None:
        wanted = wanted.where(Source.id < after)
    return list(db.session.scalars(wanted.order_by(Source.id.desc()).limit(limit)))


def titles(
    chatbot_id: UUID, *, search: str = "", kind: str | None = None, limit: int = 20
) -> Sequence[tuple[UUID, str, str]]:
    """Return (id, title, kind) of what a chatbot answers from, for its visitors to pick from."""
    copied = exists().where(Document.source_id == Source.id, Document.state == "ready")
    found = db.session.execute(
        select(Source.id, Source.title, Source.kind)
        .join(Chatbot, Chatbot.id == Source.chatbot_id)
        .where(
            *_matching(chatbot_id, search, kind),
            or_(
                and_(Chatbot.engine == "local", Source.state == "ready"),
                and_(Chatbot.engine == "gemini", copied),
            ),
        )
        .order_by(func.lower(Source.title), Source.id)
        .limit(limit)
    )
    return [(row.id, row.title, row.kind) for row in found]


def existing(chatbot_id: UUID, source_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the ids that are sources of this chatbot."""
    return set(
        db.session.scalars(
            select(Source.id).where(Source.chatbot_id == chatbot_id, Source.id.in_(source_ids))
        )
    )


def remove(source: Source, originals: Originals) -> None:
    """Delete a source: from our answers at once, elsewhere as soon as that can be."""
    session, original = db.session(), source.original
    passages.unshelve(session, source.id)
    documents.remove_of(session, source.id)
    session.execute(delete(Source).where(Source.id == source.id))
    if original and session.scalar(select(exists().where(Source.original == original))):
        original = None  # a copy of the chatbot reads it, too
    if original:
        outbox.put_originals(session, [original], source.organization_id)
    session.commit()
    if original:
        outbox.forget_now(originals, [original])


def read_again(source: Source) -> None:
    """Let a source wait for another reading, with its attempts forgiven.

    What its chatbot's store has of it already is not uploaded again.
    """
    documents.hold(db.session(), source.chatbot_id)
    db.session.execute(
        update(Source)
        .where(Source.id == source.id, Source.state.in_(("failed", "ready")))
        .values(**ANEW)
    )
    documents.retry(db.session(), source.id)
    documents.want(db.session(), source)
    db.session.commit()


def read_missing(chatbot_id: UUID) -> None:
    """Let those of a chatbot's sources that have no passages wait for a reading; caller commits."""
    db.session.execute(
        update(Source)
        .where(
            Source.chatbot_id == chatbot_id,
            or_(Source.state == "failed", and_(Source.state == "ready", Source.passage_count == 0)),
        )
        .values(**ANEW)
    )


def _matching(chatbot_id: UUID, search: str, kind: str | None) -> list[ColumnElement[bool]]:
    conditions = [Source.chatbot_id == chatbot_id]
    if search:
        conditions.append(Source.title.icontains(search, autoescape=True))
    if kind:
        conditions.append(Source.kind == kind)
    return conditions
