"""What answers count for: the one definition, for what is counted ahead and what is counted now.

How long answers took is kept in buckets, each a quarter wider than the one before, so that the
median of a year comes from adding its days up, and is true to within a tenth.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from math import ceil
from typing import Any

EDGES = tuple(round(10 * 2 ** (step / 3)) for step in range(46))  # 10 ms to five minutes
UNANSWERED = ("refused", "near")


@dataclass(slots=True)
class Histogram:
    """How often something happened, by the number of a bucket."""

    counts: defaultdict[int, int] = field(default_factory=partial(defaultdict, int))

    def add(self, other: Histogram, times: int = 1) -> None:
        """Add what another one counted, or take it away."""
        for bucket, count in other.counts.items():
            self.counts[bucket] += times * count

    def took(self, milliseconds: int | None) -> None:
        """Count a span of time, if it is known."""
        if milliseconds is not None:
            self.counts[bisect_left(EDGES, milliseconds)] += 1

    def percentile(self, share: float) -> int | None:
        """Return how many milliseconds this share of spans took at most; None of no spans.

        >>> times = Histogram()
        >>> for milliseconds in range(1000, 3000, 10): times.took(milliseconds)
        >>> times.percentile(0.5), times.percentile(0.95), Histogram().percentile(0.5)
        (1992, 3070, None)
        """
        wanted, seen = ceil(share * self.total()), 0
        for bucket in sorted(self.counts):
            count = self.counts[bucket]
            if count > 0 and seen + count >= wanted:
                low = EDGES[bucket - 1] if bucket else 0
                high = EDGES[min(bucket, len(EDGES) - 1)]
                return round(low + (high - low) * (wanted - seen) / count)
            seen += count
        return None

    def total(self) -> int:
        """Return how often it happened."""
        return sum(self.counts.values())

    def spell(self) -> dict[str, int]:
        """Return it as a column keeps it."""
        return {str(bucket): count for bucket, count in sorted(self.counts.items()) if count}

    @classmethod
    def read(cls, kept: Mapping[str, int] | None) -> Histogram:
        """Return what a column keeps."""
        counts = {int(bucket): count for bucket, count in kept.items()} if kept else {}
        return cls(defaultdict(int, counts))


@dataclass(slots=True)
class Tally:
    """What happened in some time."""

    conversations: int = 0  # that began
    visitors: int = 0
    questions: int = 0
    answered: int = 0  # they got what they asked for
    refused: int = 0  # not in the sources
    near: int = 0  # only the nearest passages were offered
    failed: int = 0
    stopped: int = 0
    liked: int = 0
    disliked: int = 0
    handed_over: int = 0  # messages left for a human
    repeated: int = 0  # answers that were given before
    saved: int = 0  # by that, in millionths of the currency
    first_text: Histogram = field(default_factory=Histogram)
    whole: Histogram = field(default_factory=Histogram)
    hours: Histogram = field(default_factory=Histogram)  # questions by hour (UTC)
    came_back: Histogram = field(default_factory=Histogram)  # visitors, by days since their last

    @property
    def unanswered(self) -> int:
        """Return how many questions the sources had no answer to."""
        return self.refused + self.near

    @property
    def answered_share(self) -> float | None:
        """Return which share of the questions got what they asked for."""
        return self.answered / self.questions if self.questions else None

    @property
    def failed_share(self) -> float | None:
        """Return which share of the questions failed."""
        return self.failed / self.questions if self.questions else None

    @property
    def liked_share(self) -> float | None:
        """Return which share of the ratings are good ones."""
        rated = self.liked + self.disliked
        return self.liked / rated if rated else None

    @property
    def repeated_share(self) -> float | None:
        """Return which share of the questions got an answer that was given before."""
        return self.repeated / self.questions if self.questions else None

    def count(self, answer: Any) -> None:
        """Count an answer that stands, a row of `counting.ANSWERS`."""
        self.questions += 1
        self.conversations += answer.place == 1
        self.hours.counts[answer.created_at.hour] += 1
        self.first_text.took(answer.first_text_ms)
        self.whole.took(answer.total_ms)
        self.liked += answer.rating == "up"
        self.disliked += answer.rating == "down"
        self.repeated += answer.saved is not None
        self.saved += answer.saved or 0
        outcome = outcome_of(answer)
        if outcome:
            setattr(self, outcome, getattr(self, outcome) + 1)

    def visited(self, days_ago: int | None) -> None:
        """Count a visitor, who asked so many days ago, too, or never before."""
        self.visitors += 1
        if days_ago is not None:
            self.came_back.counts[days_ago] += 1

    def visitors_since(self, days_ago: int) -> int:
        """Return how many of a day's visitors had not asked in so many days before it."""
        seen = sum(count for ago, count in self.came_back.counts.items() if ago <= days_ago)
        return self.visitors - seen

    def add(self, other: Tally, times: int = 1, *, histograms: Iterable[str] = ()) -> None:
        """Add what another one counted, or take it away; all its histograms, or only some."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + times * getattr(other, name))
        for name in histograms or HISTOGRAMS:
            getattr(self, name).add(getattr(other, name), times)


SPANS = ("first_text", "whole")
HISTOGRAMS = (*SPANS, "hours", "came_back")
COUNTS = tuple(each.name for each in fields(Tally) if each.name not in HISTOGRAMS)


def outcome_of(answer: Any) -> str:
    """Name how an answer ended; empty while it is being written."""
    if answer.status == "completed":
        return answer.finish_reason if answer.finish_reason in UNANSWERED else "answered"
    return answer.status if answer.status in {"failed", "stopped"} else ""
