"""Finding in the audit log, and erasing what is too old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select

from ragwidget.database import rows_changed
from ragwidget.errors import InvalidInput
from ragwidget.extensions import db
from ragwidget.models import AuditEntry, now

# what can be looked for, and how the actions begin that it means
SUBJECTS = {
    "sign-ins": ("sign_in",),
    "team": ("member", "invitation"),
    "chatbots": ("chatbot", "identity_key"),
    "sources": ("source",),
    "conversations": ("conversation", "conversations", "contact", "tag", "visitor"),
    "organization": ("organization", "gemini_key", "budget", "audit_log"),
    "programs": ("api_key", "webhook", "notices"),
}
ERASED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for."""

    who: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None


def read_search(said: Mapping[str, str]) -> Search:
    """Read what is looked for from a query, or refuse with `InvalidInput` that names the field."""
    what = said.get("what", "")
    if what and what not in SUBJECTS:
        raise InvalidInput(f"what: it should be one of {', '.join(SUBJECTS)}.", field="what")
    who = said.get("who", "").replace("\0", "").strip()[:255]
    return Search(who, what, _day(said, "since"), _day(said, "until"))


def entries(
    organization_id: UUID, search: Search, *, after: UUID | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return what was done, the newest first, behind an entry."""
    found = select(AuditEntry).where(AuditEntry.organization_id == organization_id)
    if after:
        found = found.where(AuditEntry.id < after)
    if search.who:
        found = found.where(AuditEntry.who.icontains(search.who, autoescape=True))
    if search.what:
        begins = [AuditEntry.action.startswith(f"{word}.") for word in SUBJECTS[search.what]]
        found = found.where(or_(*begins))
    if search.since:
        found = found.where(AuditEntry.created_at >= _midnight(search.since))
    if search.until:
        found = found.where(AuditEntry.created_at < _midnight(search.until) + timedelta(days=1))
    return db.session.scalars(found.order_by(AuditEntry.id.desc()).limit(limit)).all()


def expire(days: int) -> int:
    """Erase entries that are older than so many days, in lots; 0 keeps them all."""
    removed = 0
    while days:
        old = select(AuditEntry.id).where(AuditEntry.created_at < now() - timedelta(days=days))
        lot = db.session.scalars(old.order_by(AuditEntry.id).limit(ERASED_AT_ONCE)).all()
        if not lot:
            break
        removed += rows_changed(delete(AuditEntry).where(AuditEntry.id.in_(lot)))
        db.session.commit()
    return removed


def _day(said: Mapping[str, str], name: str) -> date | None:
    spelled = said.get(name, "")
    try:
        day = date.fromisoformat(spelled) if spelled else None
    except ValueError:
        day = date.min
    if day is not None and not 1970 <= day.year <= 9000:
        raise InvalidInput(f"{name}: write a day like 2026-11-21.", field=name)
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
