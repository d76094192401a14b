"""What was gathered for a member, said in one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select

from ragwidget.extensions import db
from ragwidget.links import link
from ragwidget.models import (
    Chatbot,
    ContactRequest,
    Notice,
    Organization,
    Source,
    Subscription,
    User,
    now,
)
from ragwidget.notices.gathering import WEBHOOK_OFF, add
from ragwidget.notices.leaving import spell_leaving
from ragwidget.notices.wording import defused, say

FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=3)
MOST_TRIES = 12  # about a day
_SUBJECTS = {
    "contact.requested": ("a visitor left a message", "{} visitors left messages"),
    "source.failed": ("a source can’t be read", "{} sources can’t be read"),
    "limit.reached": ("a daily limit is reached", "a daily limit is reached"),
    WEBHOOK_OFF: ("a webhook was switched off", "{} webhooks were switched off"),
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Happenings of one kind at one chatbot, as they were taken to be told."""

    chatbot_id: UUID | None
    kind: str
    count: int
    facts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is about to be sent, and what it was made of."""

    organization_id: UUID
    user_id: UUID
    recipient: str
    subject: str
    body: str
    leaving: str
    reply_to: str = ""
    attempt: int = 0
    gathered: tuple[Gathered, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of happenings as the mail tells it."""

    kind: str
    chatbot: str
    count: int
    items: list[dict[str, Any]]


def due() -> bool:
    """Tell whether a mail is to be sent to anybody now."""
    late = or_(Subscription.mail_at <= now(), Subscription.digest_at <= now())
    found = db.session.scalar(select(Subscription.user_id).where(late).limit(1))
    db.session.commit()
    return found is not None


def claim_letter() -> Letter | None:
    """Take what is to be told to the member whose mail is due, or None.

    In one commit it is nobody's any more: what dies with a worker from here on is not sent twice.
    """
    row = db.session.scalar(
        select(Subscription)
        .where(Subscription.mail_at <= now())
        .order_by(Subscription.mail_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        db.session.commit()
        return None
    mine = (Notice.organization_id == row.organization_id, Notice.user_id == row.user_id)
    notices = db.session.scalars(select(Notice).where(*mine).order_by(Notice.id)).all()
    gathered = tuple(Gathered(one.chatbot_id, one.kind, one.count, one.facts) for one in notices)
    letter = _written(row, gathered)
    db.session.execute(
        delete(Notice).where(*mine), execution_options={"synchronize_session": False}
    )
    row.mail_at, row.mailed_at = None, now()
    row.attempts += 1
    db.session.commit()
    return letter if letter else claim_letter()


def sent(letter: Letter) -> None:
    """Forget the tries that a mail took."""
    row = db.session.get(Subscription, (letter.organization_id, letter.user_id))
    if row is not None:
        row.attempts = 0
    db.session.commit()


def put_back(letter: Letter) -> None:
    """Keep what a mail would have told for a later one, after a pause that grows."""
    key = (letter.organization_id, letter.user_id)
    row = db.session.get(Subscription, key, with_for_update=True)
    if row is None:
        return  # they belong to the organization no more
    if letter.attempt >= MOST_TRIES:
        row.attempts = 0
        db.session.commit()
        return
    pause = min(FIRST_PAUSE * 2 ** (letter.attempt - 1), LONGEST_PAUSE)
    for one in letter.gathered:
        add(row, one.chatbot_id, one.kind, one.count, one.facts)
    row.mail_at = now() + pause
    db.session.commit()


def _written(row: Subscription, gathered: tuple[Gathered, ...]) -> Letter | None:
    user = db.session.get(User, row.user_id)
    organization = db.session.get_one(Organization, row.organization_id)
    told = [one for one in (_told(one) for one in gathered) if one.items]
    if user is None or not told:
        return None
    leaving = spell_leaving(row.organization_id, row.user_id, "at_once")
    answerable = told[0].kind == "contact.requested" and len(told) == told[0].count == 1
    return Letter(
        row.organization_id,
        row.user_id,
        user.email,
        _subject(told),
        say(
            "mails/notice.txt",
            told=told,
            organization=organization.name,
            leaving=leaving,
            account=link("dashboard.notices.show"),
        ),
        leaving,
        told[0].items[0]["email"] if answerable else "",
        row.attempts + 1,
        gathered,
    )


def _subject(told: list[Told]) -> str:
    first = told[0]
    one, many = _SUBJECTS[first.kind]
    words = one if first.count == 1 else many.format(first.count)
    return f"{defused(first.chatbot, 60)}: {words}" + (", and more" if len(told) > 1 else "")


def _told(gathered: Gathered) -> Told:
    chatbot = db.session.get(Chatbot, gathered.chatbot_id) if gathered.chatbot_id else None
    items = [_item(gathered.kind, facts) for facts in gathered.facts]
    stands = [item for item in items if item is not None]
    gone = len(items) - len(stands)
    return Told(
        gathered.kind, chatbot.name if chatbot else "RagWidget", gathered.count - gone, stands
    )


def _item(kind: str, facts: dict[str, Any]) -> dict[str, Any] | None:
    """Return one happening as the template tells it, None when it was erased since."""
    if kind == "contact.requested":
        left = db.session.get(ContactRequest, UUID(facts["contact_id"]))
        return (
            None
            if left is None
            else {
                "name": left.name,
                "email": left.email,
                "words": left.message,
                "link": link(
                    "dashboard.inbox.show", chatbot_id=left.chatbot_id, request_id=left.id
                ),
            }
        )
    if kind == "source.failed":
        source = db.session.get(Source, UUID(facts["source_id"]))
        return (
            None
            if source is None
            else {
                "title": source.title,
                "words": source.error or "",
                "link": link(
                    "dashboard.sources.show", chatbot_id=source.chatbot_id, source_id=source.id
                ),
            }
        )
    return facts
