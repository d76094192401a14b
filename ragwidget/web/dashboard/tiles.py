"""The few numbers that say most of a range: each with how it compares, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ragwidget.insights import Report, Spending, Tally, targets
from ragwidget.web.dashboard.phrases import amount, count, percent, span
from ragwidget.web.dashboard.plots import Spark, spark_of


@dataclass(frozen=True, slots=True)
class Tile:
    """One number."""

    label: str
    value: str
    note: str
    now: float | None
    before: float | None
    spark: Spark | None
    better: str = "up"  # or "down", or "none"
    points: bool = False  # it is a share
    passed: bool = False  # a target


def tiles_of(report: Report, spending: Spending) -> list[Tile]:
    """Return the tiles of a report, with money where some was spent."""
    return [
        _questions(report),
        _visitors(report),
        _answered(report),
        _liked(report),
        _first_text(report),
        _failed(report),
        *(_costs(report, spending) if spending.total.tokens else ()),
        *([_repeated(report)] if report.total.repeated or report.before.repeated else ()),
    ]


def _questions(report: Report) -> Tile:
    asked = report.total.questions
    note = f"in {count(report.total.conversations, 'conversation')}"
    return _tile(report, "Questions", f"{asked:,}", note, lambda tally: tally.questions, "none")


def _visitors(report: Report) -> Tile:
    each_day = report.visitors_a_day
    note = f"{each_day:.1f} a day" if each_day < 20 else f"{each_day:,.0f} a day"
    if 0 < each_day < 0.05:
        note = "under 0.1 a day"
    said = f"{report.total.visitors:,}"
    return _tile(report, "Visitors", said, note, lambda tally: tally.visitors, "none")


def _answered(report: Report) -> Tile:
    total = report.total
    note = f"{total.refused:,} not in the sources"
    if total.near:
        note += f", {total.near:,} only near"
    if total.handed_over:
        note += f", {total.handed_over:,} handed over"
    said = percent(total.answered_share)
    return _tile(report, "Answered", said, note, lambda tally: tally.answered_share, points=True)


def _liked(report: Report) -> Tile:
    total = report.total
    note = f"{total.liked:,} up, {total.disliked:,} down"
    said = percent(total.liked_share)
    return _tile(report, "Liked", said, note, lambda tally: tally.liked_share, points=True)


def _first_text(report: Report) -> Tile:
    times, goal = report.total.first_text, targets().first_text_ms
    slowest, half = times.percentile(0.95), times.percentile(0.5)
    return _tile(
        report,
        "Wait for words",
        "–" if slowest is None else span(slowest),
        "" if half is None else f"for 95 of 100; half wait {span(half)}",
        lambda tally: tally.first_text.percentile(0.95),
        "down",
        goal=goal,
    )


def _failed(report: Report) -> Tile:
    total, goal = report.total, targets().error_share
    note = count(total.failed, "answer") + (f"; the target is {percent(goal)}" if goal else "")
    said = percent(total.failed_share)
    return _tile(
        report,
        "Failed",
        said,
        note,
        lambda tally: tally.failed_share,
        "down",
        points=True,
        goal=goal,
    )


def _costs(report: Report, spending: Spending) -> tuple[Tile, Tile]:
    goal = targets().cost
    asked = [tally.questions for tally in report.slots]
    by_visitors = [each.by_visitors.priced for each in spending.slots]
    each = _per(spending.total.by_visitors.priced, report.total.questions)
    return (
        Tile(
            "Spent",
            amount(spending.total.cost),
            _tokens(spending),
            spending.total.priced,
            spending.before.priced,
            spark_of([each.priced for each in spending.slots]),
            "none",
        ),
        Tile(
            "A message costs",
            "–" if each is None else amount(each),
            _tokens_each(report, spending) + (f"; the target is {amount(goal)}" if goal else ""),
            each,
            _per(spending.before.by_visitors.priced, report.before.questions),
            spark_of(list(map(_per, by_visitors, asked))),
            "down",
            passed=bool(goal and each and each > goal),
        ),
    )


def _repeated(report: Report) -> Tile:
    total = report.total
    note = count(total.repeated, "answer") + (
        f", saved {amount(total.saved)}" if total.saved else ""
    )
    said = percent(total.repeated_share)
    return _tile(
        report, "Given again", said, note, lambda tally: tally.repeated_share, "none", points=True
    )


def _tokens(spending: Spending) -> str:
    said, tried = count(spending.total.tokens, "token"), spending.total.tried_tokens
    return f"{said}, {tried:,} by tries of members" if tried else said


def _tokens_each(report: Report, spending: Spending) -> str:
    tokens = spending.total.by_visitors.tokens
    return count(round(_per(tokens, report.total.questions) or 0), "token")


def _tile(
    report: Report,
    label: str,
    said: str,
    note: str,
    of: Callable[[Tally], float | None],
    better: str = "up",
    *,
    points: bool = False,
    goal: float | None = None,
) -> Tile:
    now, before = of(report.total), of(report.before)
    spark = spark_of([of(tally) for tally in report.slots])
    passed = bool(goal and now and now > goal)
    return Tile(label, said, note, now, before, spark, better, points, passed)


def _per(whole: float, count: int) -> float | None:
    return whole / count if count else None
