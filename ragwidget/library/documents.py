"""Which copies of its sources a chatbot's File Search store should have, and which must go.

`uploads` carries each of them there, `agenda` says whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from ragwidget import outbox
from ragwidget.extensions import db
from ragwidget.library.contents import content_of
from ragwidget.models import Chatbot, Document, Source, new_id, now

LEASE = timedelta(seconds=60)  # a living uploader renews it
_BATCH = 20

ANEW: dict[str, Any] = {
    "state": "waiting",
    "store": None,
    "name": None,
    "operation": None,
    "lease_until": None,
    "begun_at": None,
}


def want(session: Session, source: Source) -> bool:
    """Let a source's content wait for its upload, unless the chatbot's store has it or gets it.

    In the caller's transaction; nothing happens for a chatbot that has and will have no store.
    """
    content = content_of(source) if hold(session, source.chatbot_id) else None
    if content is None:
        return False
    copies = of_source(session, source.id)
    for copy in copies:
        if copy.content_hash == content.hash and copy.state == "ready":
            let_go(session, [later for later in copies if later.id > copy.id])
            return False
    if copies and copies[-1].content_hash == content.hash:
        return False
    session.add(
        Document(
            id=new_id(),
            organization_id=source.organization_id,
            chatbot_id=source.chatbot_id,
            source_id=source.id,
            content_hash=content.hash,
            size_bytes=content.size_bytes,
            next_at=now(),
        )
    )
    return True


def hold(session: Session, chatbot_id: UUID) -> bool:
    """Keep a chatbot's engine as it is until the commit; tell whether it needs a store.

    Whoever changes a source comes here first, so that no change of engines ends without it.
    """
    engines = session.execute(
        select(Chatbot.engine, Chatbot.next_engine)
        .where(Chatbot.id == chatbot_id)
        .with_for_update(read=True)
    ).one_or_none()
    return "gemini" in (engines or ())


def want_missing(chatbot_id: UUID) -> None:
    """Let every source of a chatbot that has no document wait for its upload."""
    added = True
    while added:
        sources = db.session.scalars(
            select(Source)
            .where(
                Source.chatbot_id == chatbot_id,
                ~exists().where(Document.source_id == Source.id),
                or_(Source.original.is_not(None), Source.text.is_not(None)),
            )
            .limit(_BATCH)
        ).all()
        added = sum(want(db.session(), source) for source in sources) > 0
        db.session.commit()
        for source in sources:
            db.session.expunge(source)  # texts can be long


def replace(session: Session, source: Source) -> None:
    """Let a source's changed content wait, in the caller's transaction.

    What the store has of the earlier content answers until the new one is ready.
    """
    session.execute(
        delete(Document).where(
            Document.source_id == source.id, Document.state == "waiting", Document.attempts == 0
        )
    )
    want(session, source)


def retry(session: Session, source_id: UUID) -> None:
    """Let what failed or pauses be uploaded now, with its attempts forgiven; caller commits."""
    session.execute(
        update(Document)
        .where(Document.source_id == source_id, Document.state == "failed")
        .values(**ANEW, attempts=0, next_at=now(), error=None, error_code=None)
    )
    session.execute(
        update(Document)
        .where(Document.source_id == source_id, Document.state == "waiting")
        .values(next_at=now())
    )


def remove_of(session: Session, source_id: UUID) -> None:
    """Delete a source's documents, in the caller's transaction; the store's follow."""
    let_go(session, of_source(session, source_id))


def drop(session: Session, chatbot_id: UUID) -> None:
    """Delete all documents of a chatbot whose store goes as well; the caller commits."""
    session.execute(delete(Document).where(Document.chatbot_id == chatbot_id))


def move(
    session: Session, chatbot_id: UUID, *, attempts: int = 0, pause: timedelta = timedelta()
) -> None:
    """Let a chatbot's documents wait for another store; the caller commits."""
    mine = Document.chatbot_id == chatbot_id
    session.execute(
        delete(Document).where(mine, superseded()).execution_options(synchronize_session=False)
    )
    session.execute(
        update(Document)
        .where(mine)
        .values(**ANEW, attempts=attempts, next_at=now() + pause, ready_at=None)
    )


def of_source(session: Session, source_id: UUID) -> list[Document]:
    """Return a source's documents, oldest first, and keep others from them until the commit."""
    return list(
        session.scalars(
            select(Document)
            .where(Document.source_id == source_id)
            .order_by(Document.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def let_go(session: Session, documents: Sequence[Document]) -> None:
    """Delete documents, here in the caller's transaction and in the store after it."""
    for document in documents:
        forsake(session, document)
        session.delete(document)
    session.flush()


def forsake(session: Session, document: Document) -> None:
    """Put what the store has of a document on the outbox, in the caller's transaction."""
    store, store_key = session.execute(
        select(Chatbot.store, Chatbot.store_key).where(Chatbot.id == document.chatbot_id)
    ).one()
    name, after = document.name, timedelta()
    if name is None and store is not None and _may_be_there(document):
        name, after = outbox.whatever_of(store, document.source_id), 2 * LEASE
    if name is not None:
        sealed = outbox.key_of(document.organization_id, store_key)
        outbox.put(session, "document", name, document.organization_id, sealed, after=after)


def unknown_of(
    source_id: UUID, names: Iterable[str], *, but: UUID | None = None
) -> list[str] | None:
    """Return those of a source's documents in a store that no row names.

    None while one of them is uploaded (`but` for the caller's own): it may be that one.
    """
    rows = db.session.execute(
        select(Document.id, Document.state, Document.name).where(Document.source_id == source_id)
    ).all()
    db.session.commit()
    if any(row.state == "uploading" and row.id != but for row in rows):
        return None
    known = {row.name for row in rows}
    return [name for name in names if name not in known]


def superseded() -> ColumnElement[bool]:
    """Spell that a document's source has a later one."""
    later = aliased(Document)
    return exists().where(later.source_id == Document.source_id, later.id > Document.id)


def _may_be_there(document: Document) -> bool:
    """Tell whether an upload may have ended without our knowing the name of what it made."""
    return document.state in ("waiting", "uploading") and document.attempts > 0
