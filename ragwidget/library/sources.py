"""What a chatbot is given to read: adding, reading with a lease, deleting."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from ragwidget.errors import InvalidInput, Refusal
from ragwidget.extensions import db, rows_changed
from ragwidget.ingest.document import Piece
from ragwidget.library import passages
from ragwidget.library.originals import Originals
from ragwidget.models import Chatbot, Source, new_id, now

LEASE = timedelta(seconds=30)  # a living reader renews it every second or two
MOST_ATTEMPTS = 3
CRASHED = (
    "crashed",
    "Reading this took the reader down more than once. Try another format of the same file.",
)


class AlreadyThere(Refusal):
    status = 409
    code = "already_there"
    message = "This chatbot has read the same thing already."


class TooManySources(Refusal):
    status = 409
    code = "too_many_sources"
    message = "This chatbot has as many sources as it can have. Delete one first."


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


def add_file(
    chatbot: Chatbot, name: str, data: BinaryIO, originals: Originals, *, most_bytes: int, most: int
) -> Source:
    """Take a file in; it waits to be read. Refuses what is empty, too large, or there already."""
    _make_room(chatbot.id, most)
    title = clean_name(name)
    source_id = new_id()
    original = originals.keep(chatbot.organization_id, source_id, data, most_bytes)
    try:
        _refuse_twins(chatbot.id, original.content_hash)
        source = Source(
            id=source_id,
            kind="file",
            title=title,
            size_bytes=original.size_bytes,
            content_hash=original.content_hash,
            original=original.key,
        )
        return _add(chatbot, source)
    except BaseException:
        originals.forget(original.key)
        raise


def add_text(chatbot: Chatbot, title: str, text: str, *, most: int) -> Source:
    """Take a pasted text in; it waits to be read."""
    _make_room(chatbot.id, most)
    digest = _digest(title, text)
    _refuse_twins(chatbot.id, digest)
    return _add(
        chatbot,
        Source(
            kind="text", title=title, text=text, size_bytes=len(text.encode()), content_hash=digest
        ),
    )


def add_qa(chatbot: Chatbot, question: str, answer: str, *, most: int) -> Source:
    """Take a question with its answer in, to be answered word for word."""
    _make_room(chatbot.id, most)
    digest = _digest(question, answer)
    _refuse_twins(chatbot.id, digest)
    return _add(
        chatbot,
        Source(
            kind="qa",
            title=question[:300],
            question=question,
            text=answer,
            size_bytes=len(answer.encode()),
            content_hash=digest,
        ),
    )


def of_chatbot(
    chatbot_id: UUID, *, search: str = "", kind: str | None = None, limit: int = 1000
) -> list[Source]:
    """Return a chatbot's sources for its owner, newest first."""
    wanted = select(Source).where(*_matching(chatbot_id, search, kind))
    return list(db.session.scalars(wanted.order_by(Source.id.desc()).limit(limit)))


def titles(
    chatbot_id: UUID, *, search: str = "", kind: str | None = None, limit: int = 20
) -> Sequence[tuple[UUID, str, str]]:
    """Return (id, title, kind) of what a chatbot has read, for its visitors to pick from."""
    found = db.session.execute(
        select(Source.id, Source.title, Source.kind)
        .where(*_matching(chatbot_id, search, kind), Source.state == "ready")
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


def counts(chatbot_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many sources of each state the chatbots have."""
    found: dict[UUID, dict[str, int]] = {chatbot_id: {} for chatbot_id in chatbot_ids}
    rows = db.session.execute(
        select(Source.chatbot_id, Source.state, func.count())
        .where(Source.chatbot_id.in_(chatbot_ids))
        .group_by(Source.chatbot_id, Source.state)
    )
    for chatbot_id, state, count in rows:
        found[chatbot_id][state] = count
    return found


def remove(source: Source, originals: Originals) -> None:
    """Delete a source: from the answers at once, its original after."""
    original = source.original
    passages.unshelve(db.session(), source.id)
    db.session.execute(delete(Source).where(Source.id == source.id))
    db.session.commit()
    if original:
        originals.forget(original)


def read_again(source: Source) -> None:
    """Let a source wait for another reading, with its attempts forgiven."""
    db.session.execute(
        update(Source)
        .where(Source.id == source.id, Source.state.in_(("failed", "ready")))
        .values(state="waiting", attempts=0, progress=0, error=None, error_code=None)
    )
    db.session.commit()


def claim(source_id: UUID) -> Claim | None:
    """Take the right to read a source, or None when another has it or nobody should."""
    taken = rows_changed(
        update(Source)
        .where(Source.id == source_id, _due(), Source.attempts < MOST_ATTEMPTS)
        .values(
            state="reading",
            attempts=Source.attempts + 1,
            lease_until=now() + LEASE,
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
        .values(progress=max(0, min(99, percent)), lease_until=now() + LEASE)
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
    db.session.execute(
        update(Source)
        .where(_claimed(claimed))
        .values(state="failed", error_code=code, error=message, lease_until=None, progress=0)
    )
    db.session.commit()


def due(limit: int = 100) -> list[UUID]:
    """Return the sources that should be read: waiting ones, and those whose reader died."""
    code, message = CRASHED
    db.session.execute(
        update(Source)
        .where(_due(), Source.attempts >= MOST_ATTEMPTS)
        .values(state="failed", error_code=code, error=message, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    found = list(
        db.session.scalars(select(Source.id).where(_due()).order_by(Source.id).limit(limit))
    )
    db.session.commit()
    return found


def clean_name(name: str) -> str:
    r"""Return a file's own name, without folders and characters that cannot be seen.

    >>> clean_name("C:\\temp\\Price list.pdf"), clean_name("../../etc/passwd")
    ('Price list.pdf', 'passwd')
    """
    base = PurePosixPath(PureWindowsPath(name).name).name
    seen = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip()
    if not seen.strip("."):
        raise InvalidInput("file: it has no name.", field="file")
    return unicodedata.normalize("NFC", seen)[:300]


def _matching(chatbot_id: UUID, search: str, kind: str | None) -> list[ColumnElement[bool]]:
    conditions = [Source.chatbot_id == chatbot_id]
    if search:
        conditions.append(Source.title.icontains(search, autoescape=True))
    if kind:
        conditions.append(Source.kind == kind)
    return conditions


def _due() -> ColumnElement[bool]:
    return or_(
        Source.state == "waiting",
        and_(Source.state == "reading", Source.lease_until < now()),
    )


def _claimed(claimed: Claim) -> ColumnElement[bool]:
    return and_(
        Source.id == claimed.source_id,
        Source.state == "reading",
        Source.attempts == claimed.attempt,
    )


def _add(chatbot: Chatbot, source: Source) -> Source:
    source.organization_id, source.chatbot_id = chatbot.organization_id, chatbot.id
    db.session.add(source)
    db.session.commit()
    return source


def _make_room(chatbot_id: UUID, most: int) -> None:
    count = db.session.scalar(
        select(func.count()).select_from(Source).where(Source.chatbot_id == chatbot_id)
    )
    if (count or 0) >= most:
        raise TooManySources


def _refuse_twins(chatbot_id: UUID, content_hash: str) -> None:
    twin = db.session.scalar(
        select(Source.title).where(
            Source.chatbot_id == chatbot_id,
            Source.content_hash == content_hash,
            Source.state != "failed",
        )
    )
    if twin is not None:
        raise AlreadyThere(f"This chatbot has the same thing already, as “{twin}”.")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
