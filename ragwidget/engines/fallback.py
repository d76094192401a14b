"""One engine that stands in for another while that one can't answer."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import cast

from ragwidget.chat.events import Delta
from ragwidget.engines.protocol import Asked, Engine, EngineFailed, Finish, Step, Usage


class Fallback:
    """Asks the first engine, and the second one where the first fails before its first words.

    A failure that has to do with the question itself is final: it would be no better answered
    elsewhere.
    """

    def __init__(self, first: Engine, second: Engine) -> None:
        self.name = first.name
        self._first = first
        self._second = second

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Yield the first engine's answer, or else the second's, with the reason at its end.

        Usage is always the first one's, which somebody pays for even where it came to nothing.
        """
        begun = False
        try:
            with closing(cast(Generator[Step, None, None], self._first.answer(asked))) as steps:
                for step in steps:
                    begun = begun or isinstance(step, Delta)
                    yield step
            return
        except EngineFailed as problem:
            if begun or not problem.passing:
                raise
            failure = problem
        for step in self._second.answer(asked):
            if isinstance(step, Usage):
                continue
            if isinstance(step, Finish):
                step = replace(
                    step,
                    engine=step.engine or self._second.name,
                    withheld=step.withheld or failure.withheld,
                    instead_of=failure,
                )
            yield step
