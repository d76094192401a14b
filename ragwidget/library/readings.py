"""A source on its way into passages: claimed with a lease, read, ready or failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update

from ragwidget import happenings, metrics
from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.ingest.document import Piece
from ragwidget.library import passages
from ragwidget.models import Source, now
from ragwidget.models.clock import by_clock

LEASE = timedelta(seconds=30)  # a living reader renews it every second or two
PAUSE = timedelta(minutes=1)  # while the originals are out of reach
MOST_ATTEMPTS = 3
CRASHED = (
    "crashed",
    "Reading this took the reader down more than once. Try another format of the same file.",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to read one source until the lease runs out, as plain values."""

    source_id: UUID
    organization_id: UUID
    chatbot_id: UUID
    attempt: int
    kind: str
    title: str
    original: str | None
    text: str | None
    question: str | None


def claim(source_id: UUID) -> Claim | None:
    """Take the right to read a source, or None when another has it or nobody should."""
    taken = rows_changed(
        update(Source)
        .where(Source.id == source_id, _due(), Source.attempts < MOST_ATTEMPTS)
        .values(
            state="reading",
            attempts=Source.attempts + 1,
            lease_until=by_clock(LEASE),
            progress=0,
            error=None,
            error_code=None,
        )
    )
    if not taken:
        db.session.rollback()
        return None
    source = db.session.get_one(Source, source_id, populate_existing=True)
    claimed = Claim(
        source_id=source.id,
        organization_id=source.organization_id,
        chatbot_id=source.chatbot_id,
        attempt=source.attempts,
        kind=source.kind,
        title=source.title,
        original=source.original,
        text=source.text,
        question=source.question,
    )
    db.session.commit()
    return claimed


def advance(claimed: Claim, percent: int) -> bool:
    """Tell how far a reading is, and keep the lease; False when it was lost or deleted."""
    kept = rows_changed(
        update(Source)
        .where(_claimed(claimed))
        .values(progress=max(0, min(99, percent)), lease_until=by_clock(LEASE))
    )
    db.session.commit()
    return bool(kept)


def shelve(claimed: Claim, pieces: Sequence[Piece], *, format: str, page_count: int | None) -> bool:
    """Put what was read on the shelf and call the source ready, in one commit."""
    prepared = passages.prepare(claimed.title, pieces)  # before the writer's place is taken
    source = db.session.scalar(select(Source).where(_claimed(claimed)).with_for_update())
    if source is None:
        db.session.rollback()
        return False
    passages.shelve(db.session(), source, prepared)
    source.state, source.progress, source.lease_until = "ready", 100, None
    source.format, source.page_count, source.passage_count = format, page_count, len(pieces)
    source.read_at = now()
    db.session.commit()
    return True


def fail(claimed: Claim, code: str, message: str) -> None:
    """Say in the owner's words why a source could not be read."""
    metrics.SOURCES_FAILED(code=code).inc()
    failed = rows_changed(
        update(Source)
        .where(_claimed(claimed))
        .values(state="failed", error_code=code, error=message, lease_until=None, progress=0)
    )
    if failed:
        facts = {"source_id": str(claimed.source_id)}
        happenings.tell(claimed.organization_id, claimed.chatbot_id, "source.failed", facts)
    db.session.commit()


def put_off(claimed: Claim) -> None:
    """Let a source wait a while, through no fault of its own."""
    db.session.execute(
        update(Source)
        .where(_claimed(claimed))
        .values(state="waiting", attempts=claimed.attempt - 1, lease_until=by_clock(PAUSE))
    )
    db.session.commit()


def due(limit: int = 100) -> list[UUID]:
    """Return the sources that should be read: waiting ones, and those whose reader died."""
    code, message = CRASHED
    failed = db.session.execute(
        update(Source)
        .where(_due(), Source.attempts >= MOST_ATTEMPTS)
        .values(state="failed", error_code=code, error=message, lease_until=None)
        .returning(Source.organization_id, Source.chatbot_id, Source.id)
        .execution_options(synchronize_session=False)
    ).all()
    for organization_id, chatbot_id, source_id in failed:
        facts = {"source_id": str(source_id)}
        happenings.tell(organization_id, chatbot_id, "source.failed", facts)
    found = list(
        db.session.scalars(select(Source.id).where(_due()).order_by(Source.id).limit(limit))
    )
    db.session.commit()
    return found


def _due() -> ColumnElement[bool]:
    return or_(
        and_(
            Source.state == "waiting",
            or_(Source.lease_until.is_(None), Source.lease_until < by_clock()),  # it may be put off
        ),
        and_(Source.state == "reading", Source.lease_until < by_clock()),
    )


def _claimed(claimed: Claim) -> ColumnElement[bool]:
    """Spell that a source is still the reader's, and still what they began to read."""
    return and_(
        Source.id == claimed.source_id,
        Source.state == "reading",
        Source.attempts == claimed.attempt,
        Source.original.is_not_distinct_from(claimed.original),
    )
