"""What was asked most, what went unanswered, where people ask, and what is cited or never is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import load_only

from ragwidget.extensions import db
from ragwidget.insights import topics
from ragwidget.insights.counting import page_of
from ragwidget.insights.reports import Report
from ragwidget.insights.topics import COUNTS, Asked, Topic
from ragwidget.models import DailyCitation, DailyPage, DailyQuestion, Message, Source

MOST = 10
LOOKED_AT = 50  # what was asked since it was counted may lift one of these up

Weight = Callable[[Any], Any]  # of a table or a topic

_BY_TITLE = load_only(Source.title, raiseload=True)  # their texts can be long


@dataclass(frozen=True, slots=True)
class Finding:
    """A question or a page, and how often it came up."""

    words: str
    chatbot_id: UUID
    conversation_id: UUID  # in which one of the questions was asked
    asked: int
    unanswered: int
    failed: int
    disliked: int


@dataclass(frozen=True, slots=True)
class Cited:
    """A source, and how many answers cite it."""

    source: Source
    answers: int


def top_questions(report: Report, most: int = MOST) -> list[Finding]:
    """Return what was asked most often in the same words, where it was asked more than once."""
    found = _find(DailyQuestion, report, attrgetter("asked"), most)
    return [finding for finding in found if finding.asked > 1]


def unanswered_questions(report: Report, most: int = MOST) -> list[Finding]:
    """Return the questions that the sources had no answer to most often."""
    found = _find(DailyQuestion, report, attrgetter("unanswered"), most)
    return [finding for finding in found if finding.unanswered]


def top_pages(report: Report, most: int = MOST) -> list[Finding]:
    """Return the pages on which most was asked."""
    return _find(DailyPage, report, attrgetter("asked"), most)


def top_sources(report: Report, most: int = MOST) -> list[Cited]:
    """Return the sources that most answers cite."""
    counts = topics.cited_in(report.uncounted)
    counted = db.session.execute(
        select(DailyCitation.source_id, func.sum(DailyCitation.answers))
        .where(*_within(DailyCitation, report))
        .group_by(DailyCitation.source_id)
    )
    for source_id, answers in counted:
        counts[source_id] += int(answers)
    top = dict(counts.most_common(most))
    found = db.session.scalars(select(Source).where(Source.id.in_(top)).options(_BY_TITLE))
    cited = [Cited(source, top[source.id]) for source in found]
    return sorted(cited, key=lambda one: (-one.answers, one.source.title))


def never_cited(report: Report, most: int = MOST) -> tuple[list[Source], int]:
    """Return sources that are ready and cited in no answer of the range, and how many there are."""
    fresh = list(topics.cited_in(report.uncounted))
    cited = select(DailyCitation.source_id).where(*_within(DailyCitation, report))
    wanted = select(Source).where(
        Source.chatbot_id.in_(report.chatbot_ids),
        Source.state == "ready",
        Source.id.not_in(cited),
        Source.id.not_in(fresh),
    )
    count = select(func.count()).select_from(wanted.subquery())
    found = db.session.scalars(wanted.order_by(Source.id).limit(most).options(_BY_TITLE))
    return list(found), db.session.scalar(count) or 0


def _find(table: Asked, report: Report, weight: Weight, most: int) -> list[Finding]:
    """Return what weighs most in a range, with the words of one of its questions."""
    fresh = topics.of_answers(table, report.uncounted)
    weights = _weights(table, report, weight, fresh.keys())
    for key, topic in fresh.items():
        weights[key] += weight(topic)
    found = _topics(table, report, dict(weights.most_common(most)), fresh)
    wanted = Message.text, Message.page_url, Message.chatbot_id, Message.conversation_id
    told = select(Message.id, *wanted).where(
        Message.id.in_([topic.message_id for topic in found.values()])
    )
    messages = {row.id: row for row in db.session.execute(told)}
    return [
        Finding(
            page_of(teller.page_url) if table is DailyPage else teller.text,
            teller.chatbot_id,
            teller.conversation_id,
            *(getattr(topic, name) for name in COUNTS),
        )
        for topic in found.values()
        if (teller := messages.get(topic.message_id))
    ]


def _weights(table: Asked, report: Report, weight: Weight, also: AbstractSet[str]) -> Counter[str]:
    """Return what weighs most of what was counted ahead, and some more, by key."""
    total = func.sum(weight(table))
    by_key = (
        select(table.key, total)
        .where(*_within(table, report), weight(table) > 0)
        .group_by(table.key)
    )
    heaviest = by_key.order_by(total.desc(), table.key).limit(LOOKED_AT)
    found = [*db.session.execute(heaviest)]
    if missing := also - {key for key, _ in found}:
        found += db.session.execute(by_key.where(table.key.in_(missing)))
    return Counter({key: int(weighed) for key, weighed in found})


def _topics(
    table: Asked, report: Report, keys: Collection[str], fresh: Mapping[str, Topic]
) -> dict[str, Topic]:
    """Return all of some keys, each told by its last question."""
    found = {key: fresh[key] for key in keys if key in fresh}
    counts = [func.sum(getattr(table, name)).label(name) for name in COUNTS]
    sums = (
        select(table.key, func.max(table.day).label("day"), *counts)
        .where(table.key.in_(keys), *_within(table, report))
        .group_by(table.key)
        .subquery()
    )
    last = select(sums, table.message_id).join(
        table, and_(table.key == sums.c.key, table.day == sums.c.day)
    )
    rows = db.session.execute(last.where(table.chatbot_id.in_(report.chatbot_ids)))
    for row in {row.key: row for row in rows}.values():  # several chatbots may know one of a day
        found.setdefault(row.key, Topic(row.message_id)).add(row)
    return {key: found[key] for key in keys if key in found}


def _within(table: Any, report: Report) -> tuple[ColumnElement[bool], ...]:
    return (
        table.chatbot_id.in_(report.chatbot_ids),
        table.day.between(report.range.first, report.range.last),
    )
