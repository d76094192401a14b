"""The right to go on with a document: to upload it, or to look at how its indexing goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, select, update

from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.library import agenda
from ragwidget.library.contents import Content, content_of
from ragwidget.library.documents import LEASE, let_go, superseded
from ragwidget.models import Chatbot, Document, Source, now
from ragwidget.models.clock import by_clock

LOOK_LEASE = timedelta(seconds=60)  # one look takes less
REFUSED = {None, "engine_busy", "storage_unavailable"}  # the store has nothing of such attempts


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to upload one document until the lease runs out, as plain values."""

    document_id: UUID
    organization_id: UUID
    chatbot_id: UUID
    source_id: UUID
    attempt: int  # 1 and more
    unclear: bool  # an earlier attempt may have left something in the store
    title: str
    format: str | None
    content: Content
    chatbot_name: str
    store: str | None
    store_key: str | None


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at how the indexing of a document goes, as plain values."""

    document_id: UUID
    organization_id: UUID
    chatbot_id: UUID
    source_id: UUID
    attempt: int
    store: str
    name: str
    operation: str | None
    begun_at: datetime


def claim(document_id: UUID) -> Claim | None:
    """Take the right to upload a document, or None when another has it or nobody should."""
    taken = rows_changed(
        update(Document)
        .where(
            Document.id == document_id,
            agenda.to_upload(),
            Document.attempts < agenda.MOST_ATTEMPTS,
            ~superseded(),
        )
        .values(
            state="uploading",
            attempts=Document.attempts + 1,
            lease_until=by_clock(LEASE),
            begun_at=now(),
            error_code=case((Document.state == "uploading", "crashed"), else_=Document.error_code),
        )
    )
    if not taken:
        db.session.rollback()
        return None
    document, source, chatbot = db.session.execute(
        select(Document, Source, Chatbot)
        .join(Source, Source.id == Document.source_id)
        .join(Chatbot, Chatbot.id == Document.chatbot_id)
        .where(Document.id == document_id)
        .execution_options(populate_existing=True)
    ).one()
    content = content_of(source)
    if content is None or content.hash != document.content_hash:
        let_go(db.session(), [document])  # replaced before anybody came to it
        db.session.commit()
        return None
    claimed = Claim(
        document_id=document.id,
        organization_id=document.organization_id,
        chatbot_id=document.chatbot_id,
        source_id=document.source_id,
        attempt=document.attempts,
        unclear=document.error_code not in REFUSED,
        title=source.title,
        format=source.format,
        content=content,
        chatbot_name=chatbot.name,
        store=chatbot.store,
        store_key=chatbot.store_key,
    )
    db.session.commit()
    return claimed


def watch(document_id: UUID) -> Watch | None:
    """Take the next look at a document's indexing, or None when it is not the time for it."""
    taken = rows_changed(
        update(Document)
        .where(Document.id == document_id, agenda.to_look_at())
        .values(next_at=now() + LOOK_LEASE)
    )
    if not taken:
        db.session.rollback()
        return None
    document = db.session.get_one(Document, document_id, populate_existing=True)
    assert document.store
    assert document.name
    assert document.begun_at
    watched = Watch(
        document_id=document.id,
        organization_id=document.organization_id,
        chatbot_id=document.chatbot_id,
        source_id=document.source_id,
        attempt=document.attempts,
        store=document.store,
        name=document.name,
        operation=document.operation,
        begun_at=document.begun_at,
    )
    db.session.commit()
    return watched


def renew(claimed: Claim) -> bool:
    """Keep the lease; False when it was lost, or the document is wanted no more."""
    kept = rows_changed(update(Document).where(held(claimed)).values(lease_until=by_clock(LEASE)))
    db.session.commit()
    return bool(kept)


def held(taken: Claim | Watch) -> ColumnElement[bool]:
    """Spell that a document is still the caller's."""
    if isinstance(taken, Claim):
        return and_(
            Document.id == taken.document_id,
            Document.state == "uploading",
            Document.attempts == taken.attempt,
        )
    return and_(
        Document.id == taken.document_id,
        Document.state == "indexing",
        Document.name == taken.name,
    )
