"""An engine that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from ragwidget.chat.events import Delta, Sources, Waiting
from ragwidget.engines.protocol import Asked, Finish, Step, Usage

Line = str | Sources | Usage | Finish | Exception | threading.Event | Callable[[], Any]


class ScriptedEngine:
    """A queue of answers.

    A step that is a string is said, an exception is raised, a `threading.Event` is waited for,
    a function is called. An answer that names no `Finish` gets one. Unscripted, it says "Yes.".
    """

    name = "scripted"

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: deque[tuple[Line, ...]] = deque()

    def will_say(self, *steps: Line) -> None:
        """Put one more answer into the queue."""
        self._answers.append(steps)

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Give the next answer of the queue."""
        self.asked.append(asked)
        steps = self._answers.popleft() if self._answers else ("Yes.",)
        return self._play(steps)

    def _play(self, steps: tuple[Line, ...]) -> Iterator[Step]:
        for step in steps:
            if isinstance(step, str):
                yield Delta(step)
            elif isinstance(step, Exception):
                raise step
            elif isinstance(step, threading.Event):
                patience = time.monotonic() + 20
                while not step.wait(0.02):
                    assert time.monotonic() < patience, "nobody set the event"
                    yield Waiting()
            elif isinstance(step, Sources | Usage | Finish):
                yield step
                if isinstance(step, Finish):
                    return
            else:
                step()
        yield Usage(prompt=7, completion=3)
        yield Finish("stop", "scripted-1", grounded=True)
