"""A document on its way: claimed with a lease, uploaded, watched, ready or failed.

Its row is the truth, so that any process can go on where another died.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, select, update

from ragwidget import happenings, metrics, outbox
from ragwidget.extensions import db, rows_changed
from ragwidget.library import agenda
from ragwidget.library.contents import Content, content_of
from ragwidget.library.documents import (
    ANEW,
    LEASE,
    forsake,
    let_go,
    of_source,
    superseded,
    unknown_of,
)
from ragwidget.models import Chatbot, Document, Source, now
from ragwidget.models.clock import by_clock

LOOK_LEASE = timedelta(seconds=60)  # one look takes less
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=6)  # so that all attempts together take about half a day
SHORTEST_LOOK, LONGEST_LOOK = timedelta(seconds=2), timedelta(minutes=1)
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


class Found(Protocol):
    """A document as the service lists it."""

    @property
    def name(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def state(self) -> str: ...


Copy = TypeVar("Copy", bound=Found)


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


def renew(claimed: Claim) -> bool:
    """Keep the lease; False when it was lost, or the document is wanted no more."""
    kept = rows_changed(update(Document).where(_held(claimed)).values(lease_until=by_clock(LEASE)))
    db.session.commit()
    return bool(kept)


def adoptable(claimed: Claim, found: Sequence[Copy]) -> tuple[Copy | None, list[str]]:
    """Sort what a store holds of a source: the copy to go on with, and what no row knows.

    There is a copy when an upload ended well and the process that made it did not.
    """
    names = [one.name for one in found]
    unknown = unknown_of(claimed.source_id, names, but=claimed.document_id) or []
    leaving = outbox.among("document", names)
    usable = [
        one
        for one in found
        if one.name in unknown
        and one.name not in leaving
        and one.content_hash == claimed.content.hash
        and one.state in ("pending", "ready")
    ]
    copy = min(usable, key=lambda one: one.state != "ready", default=None)
    return copy, [name for name in unknown if copy is None or name != copy.name]


def forget(claimed: Claim, names: Sequence[str]) -> None:
    """Put documents on the outbox that no row knows."""
    sealed = outbox.key_of(claimed.organization_id, claimed.store_key)
    for name in names:
        outbox.put(db.session(), "document", name, claimed.organization_id, sealed)
    db.session.commit()


def uploaded(claimed: Claim, store: str, name: str, operation: str | None) -> bool:
    """Write down what the service calls the document; False when nobody wants it any more."""
    kept = rows_changed(
        update(Document)
        .where(
            _held(claimed),
            # it may have moved to another store meanwhile
            exists().where(Chatbot.id == claimed.chatbot_id, Chatbot.store == store),
        )
        .values(
            state="indexing",
            store=store,
            name=name,
            operation=operation,
            lease_until=None,
            begun_at=now(),
            next_at=now() + SHORTEST_LOOK,
        )
    )
    db.session.commit()
    return bool(kept)


def postpone(claimed: Claim, code: str, words: str, pause: timedelta) -> timedelta | None:
    """Let a document wait for another attempt; return how long, None after the last one.

    The pauses grow, and are never shorter than the given one.
    """
    if claimed.attempt >= agenda.MOST_ATTEMPTS:
        fail(claimed, code, words, unclear=True)
        return None
    pause = max(pause, pause_after(claimed.attempt))
    db.session.execute(
        update(Document)
        .where(_held(claimed))
        .values(
            state="waiting",
            lease_until=None,
            next_at=now() + pause,
            error_code=code,
            error=words,
        )
    )
    db.session.commit()
    return pause


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)


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


def look_later(watched: Watch, pause: timedelta = timedelta()) -> timedelta:
    """Plan the next look and return how long it is until then.

    The longer the indexing takes, the rarer the looks; they are never sooner than `pause`.
    """
    grown = min(max((now() - watched.begun_at) / 3, SHORTEST_LOOK), LONGEST_LOOK)
    pause = max(pause, grown)
    db.session.execute(update(Document).where(_held(watched)).values(next_at=now() + pause))
    db.session.commit()
    return pause


def ready(watched: Watch) -> None:
    """Let a document answer from now on and the earlier ones of its source go, in one commit."""
    copies = of_source(db.session(), watched.source_id)
    document = next((copy for copy in copies if copy.id == watched.document_id), None)
    if document and (document.state, document.name) == ("indexing", watched.name):
        document.state, document.ready_at = "ready", now()
        document.operation = document.error = document.error_code = None
        let_go(db.session(), [copy for copy in copies if copy.id < document.id])
    db.session.commit()


def fail(taken: Claim | Watch, code: str, words: str, *, unclear: bool = False) -> None:
    """Say in the owner's words why a document could not be made; what there is of it goes."""
    metrics.SOURCES_FAILED(code=code).inc()
    if document := _locked(taken):
        if unclear or document.name is not None:
            forsake(db.session(), document)
        document.state, document.error_code, document.error = "failed", code, words
        document.name = document.operation = document.lease_until = None
        facts = {"source_id": str(document.source_id)}
        happenings.tell(document.organization_id, document.chatbot_id, "source.failed", facts)
    db.session.commit()


def begin_again(taken: Claim | Watch, pause: timedelta, words: str) -> None:
    """Let a document wait to be uploaded once more: the store has nothing of it."""
    db.session.execute(
        update(Document)
        .where(_held(taken))
        .values(**ANEW, next_at=now() + pause, error_code="engine_not_found", error=words)
    )
    db.session.commit()


def _locked(taken: Claim | Watch) -> Document | None:
    return db.session.scalar(
        select(Document)
        .where(_held(taken))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _held(taken: Claim | Watch) -> ColumnElement[bool]:
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
