"""The same events again, spelled from what is written down.

The order of events is fixed and the memory keeps where each delta ended, so any process can
number them exactly as the one that wrote them did.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ragwidget.chat.events import Delta, Done, Error, Event, SourceRef, Sources, Start


def events_of(
    start: Start,
    text: str,
    cuts: Sequence[int],
    sources: tuple[SourceRef, ...],
    *,
    status: str,
    done: dict[str, Any],
    error: dict[str, Any] | None,
) -> list[Event]:
    """Return the events of an answer as far as they are written down.

    >>> start = Start({}, "q", "a")
    >>> events_of(start, "At nine.", [3, 8], (), status="streaming", done={}, error=None)[1:]
    [Delta(text='At '), Delta(text='nine.')]
    """
    events: list[Event] = [start]
    events += [Delta(text[begin:end]) for begin, end in pairwise([0, *cuts])]
    if status in {"pending", "streaming"}:
        return events
    if sources:
        events.append(Sources(sources))
    if status == "failed" and error:
        events.append(Error(error["code"], error["message"], error["retryable"]))
    else:
        events.append(Done(done))
    return events
