"""Counting ahead what was said: each answer once, in small commits, and what is changed later.

A chatbot's rollup says until when its answers are counted; it moves on in the commit that adds
them to their day, so that whoever is killed in between has counted nothing. What came after it is
counted by the pages themselves. What is erased later stays counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from ragwidget.database import REST, insert, reading
from ragwidget.extensions import db
from ragwidget.insights import topics
from ragwidget.insights.counting import ANSWERS, STANDING, Answer, answers_after, tally
from ragwidget.insights.tallies import COUNTS, HISTOGRAMS, Histogram, Tally
from ragwidget.models import Chatbot, DailyNumbers, Message, Rollup
from ragwidget.models.clock import by_clock
from ragwidget.models.message import OPEN_STATUSES

MARGIN = timedelta(minutes=5)  # an answer is written down by then, whoever's clock gave it its time
AT_ONCE = 1000  # answers in one commit
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

_OPEN = Message.status.in_(bindparam("open", OPEN_STATUSES, expanding=True, literal_execute=True))


def count_up() -> int:
    """Count the answers that are not counted yet; return how many they were."""
    count = 0
    for chatbot_id in _behind():
        more = True
        while more:
            some, more = _count_some(chatbot_id)
            count += some
            time.sleep(REST if more else 0)
    return count


@contextmanager
def recounted(message_id: UUID) -> Iterator[None]:
    """Let the numbers follow what is changed of an answer inside, in the caller's commit."""
    before = _read(message_id)
    yield
    if before is None:
        return
    after = _read(message_id)
    rollup = _rollup(before.chatbot_id)
    if rollup is None or before.created_at >= rollup.counted_until:
        return
    change = Tally()
    if after is not None:
        change.count(after)
    taken = Tally()
    taken.count(before)
    change.add(taken, -1)
    _add(rollup, before.created_at.date(), change)
    topics.change(before, after)
    db.session.flush()


def _behind() -> list[UUID]:
    """Return the chatbots that were asked something since they were counted."""
    uncounted = (
        select(Message.id)
        .where(
            Message.chatbot_id == Chatbot.id,
            STANDING,
            Message.created_at >= func.coalesce(Rollup.counted_until, BEGINNING),
            Message.created_at < by_clock(-MARGIN),
        )
        .correlate(Chatbot, Rollup)
        .exists()
    )
    behind = select(Chatbot.id).outerjoin(Rollup, Rollup.chatbot_id == Chatbot.id).where(uncounted)
    with reading():
        found = list(db.session.scalars(behind))
        db.session.commit()
    return found


def _count_some(chatbot_id: UUID) -> tuple[int, bool]:
    """Count some answers of a chatbot, in a commit; return how many, and if more are waiting."""
    rollup = _rollup(chatbot_id) or _begin(chatbot_id)
    until, more = _next_until(rollup) if rollup else (None, False)
    if rollup is None or until is None:
        db.session.commit()
        return 0, False
    since = {chatbot_id: rollup.counted_until}
    answers = answers_after(since, until)
    for day, tallied in tally(answers, since, until)[chatbot_id].items():
        _add(rollup, day, tallied)
    topics.add(answers)
    topics.bound(chatbot_id, rollup.counted_until.date(), until.date())
    rollup.counted_until = until
    db.session.commit()
    db.session.expunge_all()
    return len(answers), more


def _next_until(rollup: Rollup) -> tuple[datetime | None, bool]:
    """Return until when to count next, and if more is waiting behind it.

    It is not too much, and nothing that may still change.
    """
    theirs = STANDING, Message.chatbot_id == rollup.chatbot_id
    still_open = db.session.scalars(select(Message.created_at).where(*theirs, _OPEN))
    end = min([db.session.scalars(select(by_clock(-MARGIN))).one(), *still_open])
    in_order = (
        select(Message.created_at)
        .where(*theirs, Message.created_at >= rollup.counted_until, Message.created_at < end)
        .order_by(Message.created_at)
        .limit(1)
    )
    first = db.session.scalar(in_order)
    if first is None:
        return None, False
    enough = db.session.scalar(in_order.where(Message.created_at > first).offset(AT_ONCE))
    return enough or end, enough is not None


def _rollup(chatbot_id: UUID) -> Rollup | None:
    """Return a chatbot's rollup, which nobody else changes until the end of this transaction."""
    return db.session.get(
        Rollup, chatbot_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _begin(chatbot_id: UUID) -> Rollup | None:
    """Make a chatbot's rollup; None where there is no such chatbot any more."""
    chatbot = db.session.get(Chatbot, chatbot_id)
    if chatbot is None:
        return None
    values = {
        "chatbot_id": chatbot_id,
        "organization_id": chatbot.organization_id,
        "counted_until": BEGINNING,
    }
    db.session.execute(insert(Rollup).values(values).on_conflict_do_nothing())
    return _rollup(chatbot_id)


def _add(rollup: Rollup, day: date, tallied: Tally) -> None:
    """Add to the numbers of a day."""
    row = db.session.get(DailyNumbers, (rollup.chatbot_id, day), populate_existing=True)
    if row is None:
        row = DailyNumbers(
            chatbot_id=rollup.chatbot_id, organization_id=rollup.organization_id, day=day
        )
        db.session.add(row)
    total = tally_of(row)
    total.add(tallied)
    for name in COUNTS:
        setattr(row, name, getattr(total, name))
    for name in HISTOGRAMS:
        setattr(row, name, getattr(total, name).spell())


def tally_of(row: Any) -> Tally:
    """Return the numbers of a day as they are kept."""
    tallied = Tally()
    for name in COUNTS:
        setattr(tallied, name, getattr(row, name) or 0)
    for name in HISTOGRAMS:
        setattr(tallied, name, Histogram.read(getattr(row, name) or {}))
    return tallied


def _read(message_id: UUID) -> Answer | None:
    """Return an answer that stands, and let nobody else change it meanwhile."""
    locked = ANSWERS.where(Message.id == message_id).with_for_update(of=Message, key_share=True)
    return db.session.execute(locked).first()
