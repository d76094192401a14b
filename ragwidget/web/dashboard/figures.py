"""What happened in a range of days as plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ragwidget.insights import Range, Report, Spending, Tally, targets
from ragwidget.web.dashboard.phrases import amount, count, on_day, percent, span
from ragwidget.web.dashboard.plots import (
    Cell,
    Plot,
    Series,
    bars_of,
    heat_of,
    lines_of,
)

DAILY_BUDGET = "the budget of a day"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Figures:
    """Draws a report, and what was spent meanwhile."""

    report: Report
    spending: Spending

    def questions(self) -> Plot:
        """Draw how questions ended."""
        kinds: tuple[tuple[str, str, Callable[[Tally], int]], ...] = (
            ("Answered", "answered", lambda tally: tally.answered),
            ("Not in the sources", "unanswered", lambda tally: tally.unanswered),
            ("Failed", "failed", lambda tally: tally.failed),
            ("Stopped", "stopped", lambda tally: tally.stopped),
        )
        tallies = self.report.slots
        series = [Series(name, css, [of(tally) for tally in tallies]) for name, css, of in kinds]
        shown = [one for one in series if one.css == "answered" or any(one.values)]
        return bars_of(self._labels(), shown, _whole, whole=True)

    def first_text(self) -> Plot:
        """Draw how long visitors waited for the first words."""
        goal = targets().first_text_ms
        words = f"95 of 100 within {span(goal)}" if goal else ""
        return self._times(lambda tally: tally.first_text.percentile, goal, words)

    def whole(self) -> Plot:
        """Draw how long whole answers took."""
        return self._times(lambda tally: tally.whole.percentile, None, "")

    def errors(self) -> Plot:
        """Draw how many of a hundred answers failed."""
        goal = targets().error_share
        values = [tally.failed_share for tally in self.report.slots]
        return lines_of(
            self._labels(),
            [Series("Failed", "failed", values)],
            percent,
            target=goal,
            target_words=f"at most {percent(goal)}" if goal else "",
        )

    def thumbs(self) -> Plot:
        """Draw what visitors thought of answers."""
        tallies = self.report.slots
        series = [
            Series("Liked", "liked", [tally.liked for tally in tallies]),
            Series("Disliked", "failed", [tally.disliked for tally in tallies]),
        ]
        return bars_of(self._labels(), series, _whole, whole=True)

    def spent(self) -> Plot:
        """Draw what answers cost."""
        return plot_of_spending(self.spending)

    def cost_each(self) -> Plot:
        """Draw what a message cost."""
        goal = targets().cost
        spent = [each.by_visitors.priced for each in self.spending.slots]
        asked = [tally.questions for tally in self.report.slots]
        values = [cost / count if count else None for cost, count in zip(spent, asked, strict=True)]
        return lines_of(
            self._labels(),
            [Series("A message", "p95", values)],
            amount,
            target=goal,
            target_words=f"at most {amount(goal)}" if goal else "",
        )

    def hours(self) -> list[Cell]:
        """Shade the hours of the week by what was asked in them."""
        week = [[0] * 24 for _ in WEEKDAYS]
        for day in self.report.range:
            if tally := self.report.days.get(day):
                for hour, asked in tally.hours.counts.items():
                    week[day.weekday()][hour] += asked

        def say(weekday: int, hour: int, asked: int) -> str:
            return f"{WEEKDAYS[weekday]}, {hour}:00 to {hour + 1}:00: {count(asked, 'question')}"

        return heat_of(week, say)

    def _times(
        self,
        percentile_of: Callable[[Tally], Callable[[float], int | None]],
        goal: int | None,
        words: str,
    ) -> Plot:
        tallies = [percentile_of(tally) for tally in self.report.slots]
        series = [
            Series("95 of 100", "p95", [percentile(0.95) for percentile in tallies]),
            Series("Half of them", "p50", [percentile(0.5) for percentile in tallies]),
        ]
        return lines_of(self._labels(), series, _span, target=goal, target_words=words)

    def _labels(self) -> list[str]:
        return [_label(slot) for slot in self.report.range.slots()]


def plot_of_spending(spending: Spending, limit: int | None = None) -> Plot:
    """Draw what answers cost, in tokens where no price is known, and the budget of a day."""
    labels = [_label(slot) for slot in spending.range.slots()]
    tokens = Series("Tokens", "answered", [each.tokens for each in spending.slots])
    if not spending.total.priced:
        return bars_of(labels, [tokens], _whole, target=limit, target_words=DAILY_BUDGET)
    money = Series("Cost", "answered", [each.priced for each in spending.slots])
    return bars_of(labels, [money], amount, target=limit, target_words=DAILY_BUDGET, beside=tokens)


def said(days: Range) -> str:
    """Say which days a range is.

    >>> from datetime import date
    >>> said(Range(date(2026, 10, 23), date(2026, 11, 21)))
    '23 October to 21 November 2026'
    >>> said(Range(date(2025, 11, 22), date(2026, 11, 21)))
    '22 November 2025 to 21 November 2026'
    """
    year = "" if days.first.year == days.last.year else f" {days.first.year}"
    return f"{on_day(days.first)}{year} to {on_day(days.last)} {days.last.year}"


def _label(slot: Range) -> str:
    return on_day(slot.first) if slot.length == 1 else f"Week from {on_day(slot.first)}"


def _whole(value: float) -> str:
    return f"{round(value):,}"


def _span(value: float) -> str:
    return span(round(value))
