"""Charts as values that a template draws: no script, and nothing that the CSP would refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100.0
SLOT = 10.0
BAR = 7.0
LEAST = 1.5  # so that little is not nothing


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, with the slot it stands in and the words for who points at it."""

    slot: float
    x: float
    y: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right, and a line across them where there is a limit in sight."""

    width: float
    bars: list[Bar]
    most: int
    line: float | None


def chart_of(values: Sequence[tuple[int, str]], limit: int | None = None) -> Chart:
    """Return the chart of some values with their words; a limit far above them is left out."""
    most = max((value for value, _ in values), default=0)
    in_sight = limit is not None and limit <= 4 * most
    top = max(most, limit) if limit is not None and in_sight else most
    return Chart(
        width=SLOT * len(values),
        bars=[_bar(place, value, words, top) for place, (value, words) in enumerate(values)],
        most=most,
        line=_y(limit, top) if limit is not None and in_sight else None,
    )


def _bar(place: int, value: int, words: str, top: int) -> Bar:
    height = max(LEAST, HEIGHT - _y(value, top)) if value else 0.0
    slot = place * SLOT
    return Bar(slot, slot + (SLOT - BAR) / 2, HEIGHT - height, height, words)


def _y(value: int, top: int) -> float:
    return round(HEIGHT - HEIGHT * value / top, 2) if top else HEIGHT
