"""Which days numbers are of: a range as an address names it, and the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ragwidget.errors import InvalidInput
from ragwidget.models import now

DAYS = {"7d": 7, "30d": 30, "90d": 90, "12m": 365}
USUAL = "30d"
MOST_DAYS = 366
MOST_SINGLE_DAYS = 92  # in more of them, nobody could tell one day from the next
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Range:
    """Some days in a row, both ends among them, in UTC."""

    first: date
    last: date
    name: str = ""  # one of DAYS; empty for days that somebody chose

    @property
    def length(self) -> int:
        """Return how many days they are."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Range:
        """Return as many days, directly before these."""
        return Range(
            self.first - timedelta(days=self.length), self.first - timedelta(days=1), self.name
        )

    @property
    def query(self) -> dict[str, str]:
        """Return how an address names it."""
        return {"range": self.name} if self.name else self.days

    @property
    def days(self) -> dict[str, str]:
        """Return how an address names its days, also once today is another one."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def __iter__(self) -> Iterator[date]:
        """Yield the days."""
        return (self.first + timedelta(days=number) for number in range(self.length))

    def __contains__(self, day: object) -> bool:
        """Tell whether a day is one of them."""
        return isinstance(day, date) and self.first <= day <= self.last

    def slots(self) -> list[Range]:
        """Return them day by day, or in weeks where there are many.

        >>> len(Range(date(2026, 1, 1), date(2026, 1, 30)).slots())
        30
        >>> [slot.length for slot in Range(date(2026, 1, 1), date(2026, 4, 10)).slots()][:3]
        [2, 7, 7]
        """
        width = 1 if self.length <= MOST_SINGLE_DAYS else 7
        ends = [self.last - timedelta(days=ago) for ago in range(0, self.length, width)]
        return [
            Range(max(self.first, end - timedelta(days=width - 1)), end) for end in reversed(ends)
        ]


def named(name: str) -> Range:
    """Return a range that ends today."""
    today = now().date()
    return Range(today - timedelta(days=DAYS[name] - 1), today, name)


def read_range(args: Mapping[str, str]) -> Range:
    """Return the range that an address names by `range`, or by `from` and `to`; or refuse."""
    first, last = args.get("from"), args.get("to")
    if not (first or last):
        name = args.get("range") or USUAL
        if name not in DAYS:
            raise InvalidInput(f"range: it should be one of {', '.join(DAYS)}.", field="range")
        return named(name)
    today = now().date()
    end = min(_day(last, "to") if last else today, today)
    begin = _day(first, "from") if first else end - timedelta(days=DAYS[USUAL] - 1)
    if begin > end:
        raise InvalidInput(
            "from: it should not be after the last day, nor after today.", field="from"
        )
    if (end - begin).days >= MOST_DAYS:
        raise InvalidInput(f"from: a range can have {MOST_DAYS} days at most.", field="from")
    return Range(begin, end)


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day < EARLIEST:
        raise InvalidInput(f"{name}: a day is written like 2026-11-21.", field=name) from None
    return day
