"""What was asked most, what went unanswered, where people ask, and what is cited or never is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select, union
from sqlalchemy.orm import load_only

from ragwidget.extensions import db
from ragwidget.insights import topics
from ragwidget.insights.counting import page_of
from ragwidget.insights.reports import Report
from ragwidget.insights.topics import COUNTS, Asked, Topic
from ragwidget.models import DailyCitation, DailyPage, DailyQuestion, Message, Source

MOST = 10
LOOKED_AT = 50  # what was asked since it was counted may lift one of these up

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


def questions(report: Report, most: int = MOST) -> tuple[list[Finding], list[Finding]]:
    """Return what was asked most often, and what the sources had no answer to most often.

    Of what was asked, what was asked more than once in the same words.
    """
    asked, unanswered = _find(DailyQuestion, report, ("asked", "unanswered"), most)
    return [one for one in asked if one.asked > 1], [one for one in unanswered if one.unanswered]


def unanswered_questions(report: Report, most: int = MOST) -> list[Finding]:
    """Return the questions that the sources had no answer to most often."""
    (unanswered,) = _find(DailyQuestion, report, ("unanswered",), most)
    return [one for one in unanswered if one.unanswered]


def top_pages(report: Report, most: int = MOST) -> list[Finding]:
    """Return the pages on which most was asked."""
    (asked,) = _find(DailyPage, report, ("asked",), most)
    return asked


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


def _find(
    table: Asked, report: Report, weights: Sequence[str], most: int
) -> Iterator[list[Finding]]:
    """Yield what weighs most in a range by each weight, with the words of one of its questions."""
    found = topics.of_answers(table, report.uncounted)
    for row in _counted(table, report, weights, found.keys()):
        found.setdefault(row.key, Topic(row.message_id)).add(row)
    heaviest = [
        sorted(found.items(), key=lambda item: (-getattr(item[1], weight), item[0]))[:most]
        for weight in weights
    ]
    tellers = _tellers({topic.message_id for some in heaviest for _, topic in some})
    for some in heaviest:
        yield [
            Finding(
                page_of(teller.page_url) if table is DailyPage else teller.text,
                teller.chatbot_id,
                teller.conversation_id,
                *(getattr(topic, name) for name in COUNTS),
            )
            for _, topic in some
            if (teller := tellers.get(topic.message_id))
        ]


def _tellers(message_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    wanted = Message.text, Message.page_url, Message.chatbot_id, Message.conversation_id
    told = select(Message.id, *wanted).where(Message.id.in_(message_ids))
    rows: Iterable[Row[Any]] = db.session.execute(told)
    return {row.id: row for row in rows}


def _counted(
    table: Asked, report: Report, weights: Sequence[str], also: AbstractSet[str]
) -> list[Row[Any]]:
    """Return what weighs most of what was counted ahead by each weight, and some more.

    The days are added up once, however much is wanted of them.
    """
    sums = [func.sum(getattr(table, name)).label(name) for name in COUNTS]
    totals = (
        select(table.key, func.max(table.day).label("day"), *sums)
        .where(*_within(table, report))
        .group_by(table.key)
        .cte("totals")
    )
    heavy = (
        select(totals).where(total > 0).order_by(total.desc(), totals.c.key).limit(LOOKED_AT)
        for total in (totals.c[weight] for weight in weights)
    )
    more = select(totals).where(totals.c.key.in_(also))
    found = union(*(select(each.subquery()) for each in heavy), more).subquery()
    last = and_(table.key == found.c.key, table.day == found.c.day)  # its question tells it
    told = select(found, table.message_id).join(table, last)
    rows = db.session.execute(told.where(table.chatbot_id.in_(report.chatbot_ids)))
    return list({row.key: row for row in rows}.values())  # several chatbots may know one of a day


def _within(table: Any, report: Report) -> tuple[ColumnElement[bool], ...]:
    return (
        table.chatbot_id.in_(report.chatbot_ids),
        table.day.between(report.range.first, report.range.last),
    )
