"""How an answer is heard out: with our own clocks, and from the beginning again where it failed.

Whoever reads here is never stuck: silence gives `Waiting`, and what has piled up comes all at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Protocol

from ragwidget.chat.events import Delta, Waiting
from ragwidget.engines.file_search import troubles
from ragwidget.engines.file_search.exchange import Heard, Line, Options, Prompt
from ragwidget.engines.file_search.grounding import Chunk, Support
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.protocol import NOTHING, Usage

TICK = 1.0  # seconds of silence after which the reader gets a word
GRACE = 0.5  # seconds by which the client's clock may be first: it knows more of what it waits for
FIRST_PAUSE = 0.6
LONGEST_ANSWER = 200_000  # characters; far beyond what any model's limit of tokens leaves room for
LONGEST_PAUSE = 20.0  # seconds; nobody looks at an empty answer for longer


Steps = Generator[Delta | Usage | Waiting, None, None]


class Service(Protocol):
    """What an answer is heard from."""

    options: Options

    def stream(self, prompt: Prompt) -> Line:
        """Ask."""
        ...


class Hearing:
    """An answer as far as it has been heard."""

    def __init__(self, service: Service, prompt: Prompt) -> None:
        self._service = service
        self._prompt = prompt
        self._spent = NOTHING  # on attempts that came to nothing
        self._until = time.monotonic() + service.options.answer_seconds
        self.usage = NOTHING
        self.model = prompt.model or service.options.model
        self._begin()

    def _begin(self) -> None:
        self._spent = self.usage
        self.parts: list[str] = []
        self._length = 0
        self.finish = self.blocked = ""
        self.chunks: tuple[Chunk, ...] = ()
        self.supports: tuple[Support, ...] = ()

    @property
    def text(self) -> str:
        """Return the words so far."""
        return "".join(self.parts)

    def steps(self) -> Steps:
        """Yield what is new until the answer's end, or raise `ServiceFailed`.

        As long as there were no words, a passing trouble is waited out and the question asked
        again.
        """
        for attempt in range(1, max(1, self._service.options.attempts) + 1):
            try:
                yield from self._hear()
                return
            except ServiceFailed as trouble:
                pause = self._pause(trouble, attempt)
                if pause is None:
                    raise
            yield from _rest(pause)
            self._begin()

    def _hear(self) -> Steps:
        with closing(_arriving(self._service, self._prompt, self._until)) as arriving:
            for news in arriving:
                yield from self._take(news) if news else (Waiting(),)
        if not self.finish and not self.blocked:
            raise troubles.cut()

    def _take(self, news: list[Heard]) -> Steps:
        before, counted = len(self.parts), self.usage
        for heard in news:
            self.parts.extend(heard.parts)
            self.finish = heard.finish or self.finish
            self.blocked = heard.blocked or self.blocked
            self.chunks = heard.chunks or self.chunks
            self.supports = heard.supports or self.supports
            self.model = heard.model or self.model
            if heard.usage:
                self.usage = self._spent + heard.usage if self._spent.total else heard.usage
        words = "".join(self.parts[before:])
        self._length += len(words)
        # What was taken is told first: whoever stops at these words has paid for them.
        if self.usage != counted or not words:
            yield self.usage
        if self._length > LONGEST_ANSWER:
            del self.parts[before:]
            raise troubles.too_much(f"an answer of more than {LONGEST_ANSWER} characters")
        if words:
            yield Delta(words)

    def _pause(self, trouble: ServiceFailed, attempt: int) -> float | None:
        """Return the seconds to wait before another try, or None if none makes sense."""
        if not trouble.retryable or trouble.code == "engine_stalled" or any(self.parts):
            return None
        if attempt >= self._service.options.attempts:
            return None
        pause = FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
        if trouble.retry_after is not None:
            pause = trouble.retry_after + random.uniform(0, FIRST_PAUSE)  # noqa: S311
        fits = pause <= LONGEST_PAUSE and time.monotonic() + pause < self._until
        return pause if fits else None


def _rest(seconds: float) -> Iterator[Waiting]:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        yield Waiting()
        time.sleep(min(left, TICK))


def _arriving(service: Service, prompt: Prompt, until: float) -> Generator[list[Heard], None, None]:
    """Yield all that has arrived, as soon as something has; nothing after a second of silence."""
    line = service.stream(prompt)
    silence = service.options.silence_seconds + GRACE
    silent_at = time.monotonic() + silence
    try:
        now = time.monotonic()
        while (news := line.hear(max(0.0, min(TICK, until - now, silent_at - now)))) is not None:
            # The clocks are read before anything is passed on: a reader may be busy for long, and
            # what has arrived meanwhile counts first.
            now = time.monotonic()
            if news:
                silent_at = now + silence
            yield news
            if line.over:
                continue
            if now >= until:
                raise troubles.slow(service.options.answer_seconds)
            if now >= silent_at:
                raise troubles.silent()
            now = time.monotonic()
    finally:
        line.hang_up()
