"""What happened in a range of days: from what was counted ahead, and what came since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, select

from ragwidget.extensions import db
from ragwidget.insights.counting import Answer, answers_after, midnight, tally
from ragwidget.insights.ranges import Range
from ragwidget.insights.tallies import COUNTS, HISTOGRAMS, SPANS, Histogram, Tally
from ragwidget.models import DailyNumbers, Rollup

Days = dict[date, Tally]

_DAILY = [getattr(DailyNumbers, name) for name in ("day", *COUNTS)]


@dataclass(frozen=True)
class Report:
    """What happened at some chatbots in a range, and in the one before."""

    chatbot_ids: Collection[UUID]
    range: Range
    days: Mapping[date, Tally]  # those with something in them, of both
    slots: Sequence[Tally]  # of the range, without its hours
    total: Tally
    before: Tally
    uncounted: Sequence[Answer]  # of the range: what was not counted ahead

    @property
    def visitors_a_day(self) -> float:
        """Return how many visitors came on a day of the range, on average."""
        each_day = (self.days[day].visitors for day in self.range if day in self.days)
        return sum(each_day) / self.range.length


def report(chatbot_ids: Collection[UUID], days: Range) -> Report:
    """Return what happened at some chatbots together."""
    found = reports(chatbot_ids, days)
    return found.popitem()[1] if len(found) == 1 else together(found.values(), days)


def together(found: Iterable[Report], days: Range) -> Report:
    """Return what happened at several chatbots, of what is known of each."""
    days_of_all: Days = {}
    ids: list[UUID] = []
    answers: list[Answer] = []
    for one in found:
        ids.extend(one.chatbot_ids)
        answers.extend(one.uncounted)
        for day, tallied in one.days.items():
            days_of_all.setdefault(day, Tally()).add(tallied)
    return _report(ids, days, days_of_all, answers)


def reports(chatbot_ids: Collection[UUID], days: Range) -> dict[UUID, Report]:
    """Return what happened at each of some chatbots."""
    found, answers = _read(chatbot_ids, days)
    return {
        id: _report([id], days, one, [answer for answer in answers if answer.chatbot_id == id])
        for id, one in found.items()
    }


def _read(chatbot_ids: Collection[UUID], days: Range) -> tuple[dict[UUID, Days], list[Answer]]:
    """Return the days of each chatbot, and the answers in them that were not counted ahead."""
    both = Range(days.before.first, days.last)
    found: dict[UUID, Days] = {chatbot_id: {} for chatbot_id in chatbot_ids}
    first, end = midnight(both.first), midnight(both.last + timedelta(days=1))
    since = dict.fromkeys(chatbot_ids, first)
    # in one statement, so that days and how far they are counted are of one moment
    counted = db.session.execute(
        select(Rollup.chatbot_id, Rollup.counted_until, *_DAILY, *_histograms(days))
        .outerjoin(
            DailyNumbers,
            and_(
                DailyNumbers.chatbot_id == Rollup.chatbot_id,
                DailyNumbers.day.between(both.first, both.last),
            ),
        )
        .where(Rollup.chatbot_id.in_(chatbot_ids))
    )
    for row in counted:
        since[row.chatbot_id] = max(first, row.counted_until)
        if row.day is not None:
            counts, spans = row[3 : 3 + len(COUNTS)], row[3 + len(COUNTS) :]
            found[row.chatbot_id][row.day] = Tally(*counts, *map(Histogram.read, spans))
    since = {chatbot_id: moment for chatbot_id, moment in since.items() if moment < end}
    answers = answers_after(since, end)
    for chatbot_id, tallied in tally(answers, since, end).items():
        for day, more in tallied.items():
            found[chatbot_id].setdefault(day, Tally()).add(more)
    return found, answers


def _histograms(days: Range) -> Iterator[ColumnElement[Any]]:
    """Yield the histograms of a day; its hours are asked for in the range alone."""
    for name in HISTOGRAMS:
        kept = getattr(DailyNumbers, name)
        yield case((DailyNumbers.day >= days.first, kept)) if name == "hours" else kept


def _report(
    chatbot_ids: Collection[UUID], days: Range, found: Days, answers: list[Answer]
) -> Report:
    slots = [_sum(found, slot) for slot in days.slots()]
    total = Tally()
    for slot in slots:
        total.add(slot, histograms=SPANS)
    total.visitors = _visitors(found, days)
    return Report(
        chatbot_ids=chatbot_ids,
        range=days,
        days=found,
        slots=slots,
        total=total,
        before=_sum(found, days.before),
        uncounted=[answer for answer in answers if answer.created_at.date() in days],
    )


def _sum(found: Mapping[date, Tally], days: Range) -> Tally:
    """Add days up."""
    total = Tally()
    for day in days:
        if tallied := found.get(day):
            total.add(tallied, histograms=SPANS)
    total.visitors = _visitors(found, days)
    return total


def _visitors(found: Mapping[date, Tally], days: Range) -> int:
    """Return how many came: who came on several days is one visitor."""
    return sum(
        tallied.visitors_since(number)
        for number, day in enumerate(days)
        if (tallied := found.get(day))
    )
