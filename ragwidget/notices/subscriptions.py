"""What each member wants to be told, and when the next digest is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.extensions import db
from ragwidget.happenings import BY_MAIL
from ragwidget.models import Subscription, now

MORNING = 7  # o'clock, UTC
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a member hears of, whether they ever said so or not."""

    at_once: tuple[str, ...] = ()
    digest: str = "off"
    chatbot_ids: tuple[str, ...] = ()


def usual(role: str) -> Subscribed:
    """Return what a member hears of who never said what they want."""
    return Subscribed(() if role == "viewer" else BY_MAIL)


def of(organization_id: UUID, user_id: UUID, role: str) -> Subscribed:
    """Return what a member hears of."""
    row = db.session.get(Subscription, (organization_id, user_id))
    if row is None:
        return usual(role)
    return Subscribed(tuple(row.at_once), row.digest, tuple(row.chatbot_ids))


def save(organization_id: UUID, user_id: UUID, wanted: Subscribed) -> None:
    """Keep what a member wants to hear of."""
    row = row_of(organization_id, user_id, wanted)
    row.at_once, row.chatbot_ids = list(wanted.at_once), list(wanted.chatbot_ids)
    if row.digest != wanted.digest or row.digest_at is None:
        row.digest_at = next_digest(wanted.digest, now())
    row.digest = wanted.digest
    db.session.commit()


def row_of(organization_id: UUID, user_id: UUID, usually: Subscribed) -> Subscription:
    """Return a member's row to be changed in the caller's commit; make it where there is none."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    fresh: dict[str, Any] = {
        "organization_id": organization_id,
        "user_id": user_id,
        "at_once": list(usually.at_once),
        "digest": usually.digest,
        "chatbot_ids": list(usually.chatbot_ids),
        "attempts": 0,
        "created_at": now(),
    }
    db.session.execute(dialect.insert(Subscription).values(**fresh).on_conflict_do_nothing())
    return db.session.scalars(
        select(Subscription)
        .filter_by(organization_id=organization_id, user_id=user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def chosen(chatbot_ids: Collection[str], chatbot_id: UUID | None) -> bool:
    """Tell whether somebody who chose these chatbots, or none, wants to hear of this one."""
    return not chatbot_ids or chatbot_id is None or str(chatbot_id) in chatbot_ids


def next_digest(digest: str, after: datetime) -> datetime | None:
    """Return when the next digest is due: on a morning, of a week on a Monday.

    >>> from datetime import UTC
    >>> str(next_digest("weekly", datetime(2026, 11, 21, 18, tzinfo=UTC)))
    '2026-11-23 07:00:00+00:00'
    """
    if digest == "off":
        return None
    due = after.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    while due <= after or (digest == "weekly" and due.weekday() != MONDAY):
        due += timedelta(days=1)
    return due
