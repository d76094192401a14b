"""Answers as they are counted, with their questions; read from one moment to another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, select
from sqlalchemy.orm import aliased

from ragwidget.extensions import db
from ragwidget.insights.ranges import MOST_DAYS
from ragwidget.insights.tallies import Tally
from ragwidget.models import ContactRequest, Conversation, Message

Asked = aliased(Message)
IS_ANSWER = Message.role == literal("chatbot", literal_execute=True)  # as the index over them says
# What members try themselves, in a chat that begins on a page of the dashboard, is counted nowhere
# but in what it cost: the numbers are of visitors.
OF_VISITORS = Conversation.tried.is_(False)
STANDING = and_(IS_ANSWER, Message.superseded_at.is_(None))
ANSWERS: Select = (
    select(
        Message.id,
        Message.chatbot_id,
        Message.organization_id,
        Message.created_at,
        Message.status,
        Message.finish_reason,
        Message.rating,
        Message.first_text_ms,
        Message.total_ms,
        Message.saved,
        Asked.id.label("question_id"),
        Asked.position.label("place"),
        Asked.text.label("question"),
        Asked.page_url,
        Conversation.visitor_id,
    )
    .join(Asked, Asked.id == Message.question_id)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(STANDING, OF_VISITORS)
)

Answer = Row[Any]
Since = Mapping[UUID, datetime]  # of each chatbot

VISITORS_AT_ONCE = 1000

_SPACES = re.compile(r"[\W_]+")


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def answers_after(since: Since, until: datetime) -> list[Answer]:
    """Return the answers of some chatbots that stand, from a moment of each on."""
    if not since:
        return []
    wanted = ANSWERS.where(_after(Message, since), Message.created_at < until)
    return list(db.session.execute(wanted))


def tally(
    answers: Iterable[Answer], since: Since, until: datetime
) -> dict[UUID, dict[date, Tally]]:
    """Count answers, and what else was left in their time, by chatbot and day."""
    found: dict[UUID, dict[date, Tally]] = {chatbot_id: {} for chatbot_id in since}
    by_chatbot: dict[UUID, list[Answer]] = {}
    for answer in answers:
        by_chatbot.setdefault(answer.chatbot_id, []).append(answer)
        _of_day(found, answer).count(answer)
    for chatbot_id, rows in by_chatbot.items():
        for day, days_ago in _visits(rows, since[chatbot_id]):
            found[chatbot_id][day].visited(days_ago)
    for contact in _contacts(since, until):
        _of_day(found, contact).handed_over += 1
    return found


def key_of_question(words: str) -> str:
    """Return what the same question is known by, however it is punctuated; empty without words.

    >>> key_of_question("When do you open?") == key_of_question(" when do you  OPEN…")
    True
    >>> key_of_question("?!")
    ''
    """
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", words).casefold()).strip()
    return blake2b(plain.encode(), digest_size=16).hexdigest() if plain else ""


def key_of_page(url: str | None) -> str:
    """Return what a page is known by; empty where none is known."""
    address = page_of(url)
    return blake2b(address.encode(), digest_size=16).hexdigest() if address else ""


def page_of(url: str | None) -> str:
    """Return a page's address without what may tell of its visitor.

    >>> page_of("https://shop.example/bikes?session=7#red"), page_of("javascript:alert()")
    ('https://shop.example/bikes', '')
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}"


def _visits(answers: list[Answer], since: datetime) -> Iterator[tuple[date, int | None]]:
    """Yield the days on which somebody asked first, and how long before they had asked last."""
    days_of: dict[UUID, set[date]] = {}
    for answer in answers:
        days_of.setdefault(answer.visitor_id, set()).add(answer.created_at.date())
    last_days = _last_days(answers[0].chatbot_id, list(days_of), since)
    for visitor_id, days in days_of.items():
        last = last_days.get(visitor_id)
        for day in sorted(days):
            if day != last:
                yield day, (day - last).days if last else None
            last = day


def _contacts(since: Since, until: datetime) -> Iterable[Row[Any]]:
    if not since:
        return ()
    # one by one, for they are few, and a join could read all conversations
    theirs = select(OF_VISITORS).where(Conversation.id == ContactRequest.conversation_id)
    of_visitors = theirs.correlate(ContactRequest).scalar_subquery()
    return db.session.execute(
        select(ContactRequest.chatbot_id, ContactRequest.created_at).where(
            _after(ContactRequest, since), ContactRequest.created_at < until, of_visitors
        )
    )


def _of_day(found: dict[UUID, dict[date, Tally]], row: Any) -> Tally:
    return found[row.chatbot_id].setdefault(row.created_at.date(), Tally())


def _after(table: Any, since: Since) -> ColumnElement[bool]:
    return or_(
        *(
            and_(table.chatbot_id == chatbot_id, table.created_at >= moment)
            for chatbot_id, moment in since.items()
        )
    )


def _last_days(chatbot_id: UUID, visitors: list[UUID], until: datetime) -> dict[UUID, date]:
    """Return the days on which visitors asked last before a moment, if it was within a year."""
    last = (
        select(Message.created_at)
        .where(
            Message.conversation_id == Conversation.id,
            STANDING,
            Message.created_at < until,
        )
        .order_by(Message.position.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    found: dict[UUID, date] = {}
    for first in range(0, len(visitors), VISITORS_AT_ONCE):
        theirs = select(Conversation.visitor_id, last).where(
            Conversation.chatbot_id == chatbot_id,
            Conversation.visitor_id.in_(visitors[first : first + VISITORS_AT_ONCE]),
            Conversation.last_message_at >= until - timedelta(days=MOST_DAYS),
            OF_VISITORS,
        )
        for visitor_id, moment in db.session.execute(theirs):
            if moment is not None:
                found[visitor_id] = max(moment.date(), found.get(visitor_id, date.min))
    return found
