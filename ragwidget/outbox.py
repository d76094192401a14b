"""What must still be deleted elsewhere: the only writer of deletions.

A row is put here in the commit that takes the thing out of our tables. The jobs delete it, as
often as it takes; only what is gone is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ragwidget import gemini_keys
from ragwidget.database import rows_changed
from ragwidget.extensions import db, this_app
from ragwidget.models import Chatbot, Deletion, Document, Source, new_id, now

log = structlog.get_logger("ragwidget.outbox")

UNKNOWN = ""  # the sealed key of what was made with a key that we have no more
LEASE = timedelta(minutes=10)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
WITHOUT_KEY = timedelta(days=1)
SECONDS_AT_ONCE = 2.0
_OF_SOURCE = "/sources/"
_NAMING: dict[str, Any] = {
    "store": Chatbot.store,
    "document": Document.name,
    "original": Source.original,
}


class Forgetful(Protocol):
    """What keeps originals, and can forget one."""

    def forget(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to delete, as plain values."""

    id: UUID
    kind: str
    name: str
    sealed_key: str | None
    attempt: int

    @property
    def source(self) -> tuple[str, UUID] | None:
        """Return (store, source) of an errand for whatever a store holds of a source."""
        store, found, source_id = self.name.partition(_OF_SOURCE)
        return (store, UUID(source_id)) if found else None


def put(
    session: Session,
    kind: str,
    name: str,
    organization_id: UUID,
    sealed_key: str | None = None,
    *,
    after: timedelta = timedelta(),
) -> None:
    """Remember to delete something, in the caller's transaction.

    Doing so twice is no fault: the earlier time counts, and the key that is known.
    """
    due_at = now() + after
    known = session.scalar(select(Deletion).filter_by(kind=kind, name=name).limit(1))
    if known is None:
        session.add(
            Deletion(
                id=new_id(),
                kind=kind,
                name=name,
                organization_id=organization_id,
                sealed_key=sealed_key,
                next_at=due_at,
            )
        )
        return
    known.next_at = min(known.next_at, due_at)
    if known.sealed_key == UNKNOWN:
        known.sealed_key = sealed_key


def put_originals(session: Session, names: Iterable[str], organization_id: UUID) -> None:
    """Remember to forget originals, in the caller's transaction."""
    session.add_all(
        Deletion(id=new_id(), kind="original", name=name, organization_id=organization_id)
        for name in names
    )


def withdraw(session: Session, kind: str, name: str) -> None:
    """Let something be, after all."""
    session.execute(delete(Deletion).where(Deletion.kind == kind, Deletion.name == name))


def among(kind: str, names: Collection[str]) -> set[str]:
    """Return those of the names that are to be deleted."""
    wanted = select(Deletion.name).where(Deletion.kind == kind, Deletion.name.in_(names))
    return set(db.session.scalars(wanted))


def whatever_of(store: str, source_id: UUID) -> str:
    """Spell the name of all that a store holds of a source and no row of ours knows."""
    return f"{store}{_OF_SOURCE}{source_id}"


def key_of(organization_id: UUID, store_key: str | None) -> str | None:
    """Return the sealed key that a store was made with, `UNKNOWN` when it is in force no more."""
    app = this_app()
    if store_key is not None and store_key != gemini_keys.fingerprint(app, organization_id):
        return UNKNOWN
    return gemini_keys.sealed_key(app, organization_id)


def forget_now(originals: Forgetful, names: Collection[str]) -> None:
    """Forget originals that were put here, at once, as far as that takes a moment only."""
    enough = time.monotonic() + SECONDS_AT_ONCE
    gone: list[str] = []
    for name in names:
        try:
            originals.forget(name)
        except Exception:
            log.exception("an original was not forgotten; it is tried again", original=name)
            break
        gone.append(name)
        if time.monotonic() > enough:
            break
    if gone:
        db.session.execute(
            delete(Deletion).where(Deletion.kind == "original", Deletion.name.in_(gone))
        )
        db.session.commit()


def due(limit: int = 100) -> list[UUID]:
    """Return what should be deleted now."""
    found = db.session.scalars(
        select(Deletion.id).where(Deletion.next_at <= now()).order_by(Deletion.next_at).limit(limit)
    ).all()
    db.session.commit()
    return list(found)


def claim(errand_id: UUID) -> Errand | None:
    """Take an errand, or None when another has it or nobody should."""
    taken = rows_changed(
        update(Deletion)
        .where(Deletion.id == errand_id, Deletion.next_at <= now())
        .values(attempts=Deletion.attempts + 1, next_at=now() + LEASE)
    )
    if not taken:
        db.session.rollback()
        return None
    found = db.session.get_one(Deletion, errand_id, populate_existing=True)
    errand = Errand(found.id, found.kind, found.name, found.sealed_key, found.attempts)
    db.session.commit()
    return errand


def needed(errand: Errand) -> bool:
    """Tell whether a row of ours still names what the errand would delete."""
    naming = _NAMING[errand.kind]
    found = db.session.scalar(select(naming).where(naming == errand.name).limit(1))
    db.session.commit()
    return found is not None


def done(errand: Errand) -> None:
    """Forget an errand whose thing is gone."""
    db.session.execute(delete(Deletion).where(Deletion.id == errand.id))
    db.session.commit()


def defer(errand: Errand, reason: str, pause: timedelta | None = None) -> None:
    """Keep an errand for later, with what went wrong; the pauses grow."""
    grown = FIRST_PAUSE * 2 ** min(errand.attempt - 1, 20)
    db.session.execute(
        update(Deletion)
        .where(Deletion.id == errand.id)
        .values(next_at=now() + (pause or min(grown, LONGEST_PAUSE)), error=reason[:1000])
    )
    db.session.commit()
