"""Plots as values that a template draws: no script, and nothing that the CSP would refuse.

Shapes are stretched to whatever width there is; words stand beside them as HTML, and a table
behind them says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import floor, log10

HEIGHT = 100.0
SLOT = 10.0
BAR = 7.0
LEAST = 1.5  # so that little is not nothing
STEPS = (1, 2, 2.5, 5, 10)
SHADES = 5

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values from left to right, None where there is nothing to say."""

    name: str
    css: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, or a piece of one."""

    css: str
    x: float
    y: float
    height: float
    width: float = BAR


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the axis, with the words for who points at it."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Target:
    """A line across, at what should not be passed."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars or lines over slots, with the ticks of their axis from the top down."""

    width: float
    slots: list[Slot]
    ticks: list[str]
    legend: list[tuple[str, str]]  # classes and names
    bars: list[Bar] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)  # classes and paths
    target: Target | None = None
    columns: list[str] = field(default_factory=list)  # of the table
    rows: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def marks(self) -> list[str]:
        """Return what the first slot, the one in the middle and the last are called."""
        last = len(self.rows) - 1
        return [self.rows[place][0] for place in sorted({0, last // 2, last})]


def bars_of(
    labels: Sequence[str],
    series: Sequence[Series],
    say: Say,
    *,
    target: float | None = None,
    target_words: str = "",
    whole: bool = False,
    beside: Series | None = None,
) -> Plot:
    """Draw series as bars, the first at the bottom and the others upon it.

    What is beside them is told and not drawn.
    """
    stacks = [[each.values[place] or 0 for each in series] for place in range(len(labels))]
    top, ticks = _axis(max(map(sum, stacks), default=0), target, whole=whole)
    bars = []
    for place, stack in enumerate(stacks):
        below = 0.0
        for each, value in zip(series, stack, strict=True):
            if value:
                height = max(LEAST, HEIGHT * value / top)
                y = round(HEIGHT - below - height, 2)
                bars.append(Bar(each.css, _x(place) - BAR / 2, y, round(height, 2)))
                below += height
    return _plot(labels, series, say, top, ticks, target, target_words, bars=bars, beside=beside)


def lines_of(
    labels: Sequence[str],
    series: Sequence[Series],
    say: Say,
    *,
    target: float | None = None,
    target_words: str = "",
) -> Plot:
    """Draw series as lines, which go on over slots without a value."""
    known = [value for each in series for value in each.values if value is not None]
    top, ticks = _axis(max(known, default=0), target)
    lines = [(each.css, _path(each.values, top)) for each in series]
    return _plot(labels, series, say, top, ticks, target, target_words, lines=lines)


@dataclass(frozen=True, slots=True)
class Spark:
    """A line without any words, and the area under it."""

    line: str
    area: str
    width: float


def spark_of(values: Sequence[float | None]) -> Spark | None:
    """Draw values in small; None where a line would say nothing.

    >>> spark_of([None, None, 7]) is spark_of([0, 0, 0]) is None
    True
    """
    known = [place for place, value in enumerate(values) if value is not None]
    most = max((value for value in values if value), default=0)
    if not most or len(known) < 2:
        return None
    line = _path(values, most)
    return Spark(line, f"{line}V120H{_x(known[0]):g}Z", SLOT * len(values))


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a heat map."""

    x: int
    y: int
    count: int
    shade: int  # 0 for nothing, up to SHADES
    words: str


def heat_of(rows: Sequence[Sequence[int]], say: Callable[[int, int, int], str]) -> list[Cell]:
    """Shade a table of counts; `say` gets row, column and count."""
    most = max((count for row in rows for count in row), default=0)
    return [
        Cell(x, y, count, -(-SHADES * count // most) if count else 0, say(y, x, count))
        for y, row in enumerate(rows)
        for x, count in enumerate(row)
    ]


def _plot(
    labels: Sequence[str],
    series: Sequence[Series],
    say: Say,
    top: float,
    ticks: list[float],
    target: float | None,
    target_words: str,
    bars: list[Bar] | None = None,
    lines: list[tuple[str, str]] | None = None,
    beside: Series | None = None,
) -> Plot:
    told = [(each, say) for each in series] + ([(beside, _plainly)] if beside else [])
    names = [each.name for each, _ in told]
    rows = [
        (label, [_cell(each.values[place], how) for each, how in told])
        for place, label in enumerate(labels)
    ]
    return Plot(
        width=SLOT * len(labels),
        slots=[
            Slot(place * SLOT, f"{label}: {_told(names, cells)}")
            for place, (label, cells) in enumerate(rows)
        ],
        ticks=[say(tick) for tick in ticks],
        legend=[(each.css, each.name) for each in series] if len(series) > 1 else [],
        bars=bars or [],
        lines=lines or [],
        target=Target(_y(target, top), target_words) if target and target <= top else None,
        columns=names,
        rows=rows,
    )


def _told(names: Sequence[str], cells: Sequence[str]) -> str:
    if len(names) == 1:
        return cells[0]
    return ", ".join(f"{name} {cell}" for name, cell in zip(names, cells, strict=True))


def _cell(value: float | None, say: Say) -> str:
    return "–" if value is None else say(value)


def _plainly(value: float) -> str:
    return f"{value:,.0f}"


def _axis(most: float, target: float | None, *, whole: bool = False) -> tuple[float, list[float]]:
    """Return the top of an axis, and its ticks from there down, in round steps.

    A target far above what there is would flatten it, and is left out of sight.

    >>> _axis(3, None, whole=True), _axis(0.07, None)[0], _axis(1234, None)[1], _axis(0, 5)[0]
    ((3, [3, 2, 1, 0]), 0.075, [1500, 1000, 500, 0], 5.0)
    """
    if target and (not most or target <= 4 * most):
        most = max(most, target)
    if most <= 0:
        return 1.0, [0.0]
    least = 1.0 if whole else 0.0
    magnitude = 10 ** floor(log10(most / 3))
    steps = [
        step * magnitude
        for step in STEPS
        if step * magnitude >= least and (not whole or float(step * magnitude).is_integer())
    ] or [1.0]
    top, count, step = min(
        (round(step * count, 9), count, step)
        for step in steps
        for count in (2, 3, 4)
        if step * count >= most
    )
    return top, [round(step * number, 9) for number in range(count, -1, -1)]


def _path(values: Sequence[float | None], top: float) -> str:
    """Return a line through what is known; a single value is a dot."""
    points = [
        f"{_x(place):g} {_y(value, top):g}"
        for place, value in enumerate(values)
        if value is not None
    ]
    return f"M{'L'.join(points)}{'h0' if len(points) == 1 else ''}" if points else ""


def _x(place: int) -> float:
    return place * SLOT + SLOT / 2


def _y(value: float, top: float) -> float:
    return round(HEIGHT - HEIGHT * value / top, 2) if top else HEIGHT
