"""Whose turn it is: the documents that should be uploaded, or looked at, now."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from ragwidget import happenings
from ragwidget.extensions import db
from ragwidget.library.documents import forsake, superseded
from ragwidget.models import Chatbot, Document, now
from ragwidget.models.clock import by_clock

MOST_ATTEMPTS = 8
AT_ONCE = 8  # of one chatbot, so that its thousand sources leave room for its neighbours'
SLOW = timedelta(minutes=2)  # what is indexed for longer takes nobody's place

CRASHED = (
    "crashed",
    "Uploading this to Gemini was interrupted again and again. Try again later.",
)


def due(limit: int = 100) -> list[UUID]:
    """Return the documents that somebody should look after now."""
    _give_up(limit)
    left = or_(to_look_at(), and_(Document.state == "uploading", to_upload(), ~superseded()))
    overdue = db.session.scalars(
        select(Document.id).where(left).order_by(Document.next_at).limit(limit)
    ).all()
    chatbots = db.session.scalars(
        select(Document.chatbot_id).where(Document.state == "waiting", to_upload()).distinct()
    ).all()
    waiting = [document_id for chatbot_id in chatbots for document_id in next_up(chatbot_id)]
    db.session.commit()
    return list(dict.fromkeys([*overdue, *waiting]))


def next_up(chatbot_id: UUID) -> list[UUID]:
    """Return the documents of a chatbot whose turn it is to be uploaded."""
    store = db.session.scalar(select(Chatbot.store).where(Chatbot.id == chatbot_id))
    mine = Document.chatbot_id == chatbot_id
    alive = and_(Document.state == "uploading", Document.lease_until > by_clock())
    indexed = and_(Document.state == "indexing", Document.begun_at > now() - SLOW)
    busy = db.session.scalar(
        select(func.count()).select_from(Document).where(mine, or_(alive, indexed))
    )
    room = (AT_ONCE if store else 1) - (busy or 0)  # the first of them makes the store
    if room <= 0:
        return []
    return list(
        db.session.scalars(
            select(Document.id)
            .where(mine, to_upload(), ~superseded())
            .order_by(Document.next_at, Document.id)
            .limit(room)
        )
    )


def seconds_to_next() -> float | None:
    """Return how long it is until a document should be looked after, None when there is none."""
    soonest = db.session.scalar(
        select(func.min(Document.next_at)).where(Document.state.in_(("waiting", "indexing")))
    )
    db.session.commit()
    return None if soonest is None else max(0.0, (soonest - now()).total_seconds())


def to_upload() -> ColumnElement[bool]:
    """Spell that a document waits for its upload, or that its uploader died."""
    return or_(
        and_(Document.state == "waiting", Document.next_at <= now()),
        and_(Document.state == "uploading", Document.lease_until < by_clock()),
    )


def to_look_at() -> ColumnElement[bool]:
    """Spell that it is time to look how a document's indexing goes."""
    return and_(Document.state == "indexing", Document.next_at <= now())


def _give_up(limit: int) -> None:
    """Fail what was tried too often."""
    tired = db.session.scalars(
        select(Document)
        .where(to_upload(), Document.attempts >= MOST_ATTEMPTS)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for document in tired:
        forsake(db.session(), document)
        document.state, document.lease_until = "failed", None
        if document.error is None:
            document.error_code, document.error = CRASHED
        facts = {"source_id": str(document.source_id)}
        happenings.tell(document.organization_id, document.chatbot_id, "source.failed", facts)
    db.session.commit()
