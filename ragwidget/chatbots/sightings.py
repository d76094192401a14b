"""Where a chatbot's widget was seen."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from threading import Lock
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ragwidget.database import writing
from ragwidget.extensions import db
from ragwidget.models import Sighting, now

NOTE_EVERY_SECONDS = 60.0
MOST_SIGHTINGS = 30
MOST_NOTED = 1000
FORGET_SIGHTINGS_AFTER = timedelta(days=90)

_noted: dict[tuple[UUID, str, str], float] = {}
_noted_lock = Lock()


def note_sighting(
    chatbot_id: UUID, origin: str, allowed: bool, page: str | None = None, reason: str | None = None
) -> None:
    """Remember where a widget was seen, at most once a minute and for a few dozen websites.

    `page` is the address it was seen at, and `reason` why the chat did not open there.
    """
    origin = origin[:300]
    key, moment = (chatbot_id, origin, reason or ""), time.monotonic()
    with _noted_lock:
        if moment - _noted.get(key, -NOTE_EVERY_SECONDS) < NOTE_EVERY_SECONDS:
            return
        if len(_noted) > MOST_NOTED:  # a stranger can name any number of websites
            if not allowed:
                return
            _noted.clear()
        _noted[key] = moment
    # In a session of its own, because the request's may have promised to read only; and after
    # that one let go, because SQLite's one writer would wait for itself.
    db.session.commit()
    with writing(), Session(db.engine) as session:
        seen = session.scalar(select(Sighting).filter_by(chatbot_id=chatbot_id, origin=origin))
        if seen is None:
            _make_room(session, chatbot_id)
            seen = Sighting(chatbot_id=chatbot_id, origin=origin)
            session.add(seen)
        seen.allowed, seen.reason, seen.seen_at = allowed, reason, now()
        seen.page = page[:2000] if page else None
        with suppress(IntegrityError):  # two pages of a new website at once: either row will do
            session.commit()


def sightings(chatbot_id: UUID) -> list[Sighting]:
    """Return where a chatbot's widget was seen, the latest first."""
    return list(
        db.session.scalars(
            select(Sighting)
            .where(
                Sighting.chatbot_id == chatbot_id,
                Sighting.seen_at > now() - FORGET_SIGHTINGS_AFTER,
            )
            .order_by(Sighting.seen_at.desc())
        )
    )


def _make_room(session: Session, chatbot_id: UUID) -> None:
    """Forget a website that was turned away: a stranger can name any number of them."""
    mine = select(Sighting.id).where(Sighting.chatbot_id == chatbot_id)
    count = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    if count < MOST_SIGHTINGS:
        return
    oldest = mine.order_by(Sighting.allowed, Sighting.seen_at).limit(1).scalar_subquery()
    session.execute(delete(Sighting).where(Sighting.id == oldest))
