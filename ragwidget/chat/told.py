"""The events of one answer so far, for any number of those who follow it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ragwidget.chat.events import Event

_making = threading.Lock()


class Told:
    """Events that are added in one thread, and waited for in others.

    Mostly nobody waits, and every word would pay for a lock, and a thousand answers for theirs. So
    whoever does makes it, counts themselves first and looks at the events then; whoever adds one
    looks for them afterwards.
    """

    def __init__(self, first: Event) -> None:
        self.over = False
        self._events = [first]
        self._changed: threading.Condition | None = None
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: Event) -> None:
        """Tell one more."""
        self._events.append(event)
        self._wake()

    def end(self, last: Event) -> None:
        """Tell the last one."""
        self._events.append(last)
        self.over = True
        self._wake()

    def behind(self, number: int) -> list[tuple[int, Event]]:
        """Return the events behind a number, with theirs."""
        return list(enumerate(self._events[number:], start=number + 1))

    def wait_behind(self, number: int, seconds: float) -> bool:
        """Wait until something is told behind a number, or the end is; say whether it came."""
        return self._wait(lambda: self.over or len(self._events) > number, seconds)

    def wait_for_end(self, seconds: float) -> bool:
        """Wait for the end; say whether it came."""
        return self._wait(lambda: self.over, seconds)

    def _wait(self, for_what: Callable[[], bool], seconds: float) -> bool:
        with _making:
            changed = self._changed = self._changed or threading.Condition()
        with changed:
            self._waiting += 1
            try:
                return changed.wait_for(for_what, seconds)
            finally:
                self._waiting -= 1

    def _wake(self) -> None:
        if self._waiting and self._changed:
            with self._changed:
                self._changed.notify_all()
