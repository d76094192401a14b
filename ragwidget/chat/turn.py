"""The turn that outlives its request.

The first reader of a turn drives it: its own thread asks the engine for the next words and
passes them on, so that the common case costs one thread. When that reader leaves, a background
thread goes on driving. Any number of others follow from any event on. About once a second what
was said so far is written down (`checkpoints`), and the end is written down whatever happens:
while the memory is out of reach the answer goes on, and its end waits for the memory to come back.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

from ragwidget.chat.checkpoints import SIGN_SECONDS, Draft
from ragwidget.chat.events import Delta, Done, Error, Event, SourceRef, Sources, Start, Waiting
from ragwidget.chat.record import Ending, OutOfReach, Record
from ragwidget.chat.told import Told
from ragwidget.engines.protocol import NOTHING, EngineFailed, Finish, Step, Usage
from ragwidget.faults import kind_of

log = structlog.get_logger("ragwidget.turns")

PING_SECONDS = 15.0  # proxies give up on a silent line after 30 to 60
REMEMBER_SECONDS = 60.0  # so long an end waits for the memory
TRY_AGAIN_SECONDS = 0.5

BROKEN = EngineFailed(
    "internal", "Something went wrong on our side. Please ask again.", hint="See the server's log."
)
CUT = EngineFailed(
    "cut", "The answer broke off. Please ask again.", hint="The engine ended without a last word."
)
SHUT_DOWN = EngineFailed(
    "interrupted", "The answer was interrupted. Please ask again.", hint="The server was restarted."
)


@dataclass(slots=True)
class _Said:
    """What an answer has come to so far."""

    text: str = ""
    cuts: list[int] = field(default_factory=list)
    sources: tuple[SourceRef, ...] = ()
    usage: Usage = NOTHING
    finish: Finish | None = None
    first_text_ms: int | None = None


class Turn:
    """One question with its answer, while the answer is being written in this process."""

    def __init__(
        self,
        start: Start,
        answer: Iterator[Step],
        record: Record,
        on_end: Callable[[UUID], None] = lambda _: None,
        then: Callable[[], None] = lambda: None,
        repeatable: bool = True,
    ) -> None:
        self.message_id = UUID(start.message_id)
        self._answer = answer
        self._record = record
        self._on_end = on_end
        self._then = then
        self._repeatable = repeatable
        self._said = _Said()
        self._told = Told(start)
        self._driven = threading.Lock()
        self._stop = threading.Event()
        self._closing = threading.Event()
        self._ids = get_contextvars()
        self._began = time.monotonic()
        self._steps = 0
        self._kept = (0, 0, self._began)  # steps and deltas at the last checkpoint, and when
        self._ending: Ending | None = None  # over, and not yet written down
        self._forgotten_at = 0.0

    def events(self, after: int = 0) -> Iterator[tuple[int, Event] | None]:
        """Yield numbered events behind the given number; None when there was long nothing."""
        after = min(after, len(self._told))  # nobody can have heard what was not said yet
        if self._driven.acquire(blocking=False):
            yield from self._drive(after)
        else:
            yield from self._follow(after)

    def keep_going(self) -> None:
        """Go on without a reader, where none ever began to read."""
        if not self._told.over and self._driven.acquire(blocking=False):
            self._drive_behind()

    def run(self) -> None:
        """Write the answer to its end, or follow whoever does."""
        for _ in self.events():
            pass

    def stop(self) -> None:
        """End the answer after the words it is at."""
        self._stop.set()

    def close(self) -> None:
        """End the answer because the process is going; its visitor may ask again."""
        self._closing.set()

    def abandon(self) -> None:
        """Write the end down without whoever drives the answer, who waits for a silent engine."""
        if not self._told.over:
            self._answer = iter(())  # the engine's own is in its driver's hands
            self._fail(SHUT_DOWN)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; tell whether it came."""
        return self._told.wait_for_end(seconds)

    def draft(self) -> Draft | None:
        """Return what was said, when it has become more; or long ago, as a sign that it goes on.

        Whoever drives it shows by steps that it does: where one hangs, there is no sign.
        """
        cuts = tuple(self._said.cuts)
        steps, deltas, kept_at = self._kept
        silent = time.monotonic() - kept_at < SIGN_SECONDS or steps == self._steps
        if self._told.over or (len(cuts) == deltas and silent):
            return None
        return Draft(self.message_id, self._said.text[: cuts[-1]] if cuts else "", cuts)

    def kept(self, draft: Draft) -> None:
        """Take note that a draft was written down."""
        self._kept = (self._steps, len(draft.cuts), time.monotonic())

    def _drive(self, after: int) -> Iterator[tuple[int, Event] | None]:
        number = after
        try:
            while True:
                for item in self._told.behind(number):
                    number = item[0]
                    yield item
                if self._told.over:
                    return
                if not self._step():
                    yield None
        finally:
            if not self._told.over:  # the reader left in the middle
                self._drive_behind()

    def _drive_behind(self) -> None:
        if sys.is_finalizing():  # no thread can begin any more; the heartbeat will go stale
            return
        threading.Thread(
            target=self._drive_to_end, name=f"turn-{self.message_id}", daemon=True
        ).start()

    def _drive_to_end(self) -> None:
        with bound_contextvars(**self._ids):  # its logs are still those of its request
            while not self._told.over:
                self._step()

    def _follow(self, after: int) -> Iterator[tuple[int, Event] | None]:
        number = after
        while True:
            if not self._told.wait_behind(number, PING_SECONDS):
                yield None
            for item in self._told.behind(number):
                number = item[0]
                yield item
            if self._told.over and number >= len(self._told):
                return

    def _step(self) -> bool:
        """Take the engine's next step; return False when it only said that it is alive."""
        self._steps += 1
        if self._ending:
            self._closing.wait(TRY_AGAIN_SECONDS)
            return self._write_down(self._ending)
        try:
            if self._closing.is_set():
                raise SHUT_DOWN
            if self._stop.is_set():
                return self._end("stopped", "stopped")
            event = next(self._answer, None)
            if isinstance(event, Usage):  # mostly told together with the words that took it
                self._said.usage = event
                if self._stop.is_set():
                    return True
                event = next(self._answer, None)
            if isinstance(event, Waiting):
                return False
            if isinstance(event, Usage):
                self._said.usage = event
                return True
            return self._take(event)
        except EngineFailed as failure:
            return self._fail(failure)
        except Exception:
            log.exception("an answer failed", message_id=str(self.message_id))
            return self._fail(BROKEN)

    def _take(self, event: Delta | Sources | Finish | None) -> bool:
        said = self._said
        if isinstance(event, Delta):
            if not event.text:
                return True
            if said.first_text_ms is None:
                said.first_text_ms = self._elapsed_ms()
            said.text += event.text
            said.cuts.append(len(said.text))
            self._told.add(event)
        elif isinstance(event, Sources):
            if event.sources:
                said.sources = event.sources
                self._told.add(event)
        elif isinstance(event, Finish):
            said.finish = event
            return self._end("completed", event.reason)
        else:
            raise CUT
        return True

    def _fail(self, failure: EngineFailed) -> bool:
        log.warning("an engine failed", code=failure.code)  # its hint may quote what was asked
        return self._end("failed", failure.code, failure)

    def _end(self, status: str, reason: str, failure: EngineFailed | None = None) -> bool:
        said, finish = self._said, self._said.finish
        told = finish or failure
        close = getattr(self._answer, "close", None)
        if close is not None:
            close()  # lets go of the engine's connection
        self._forgotten_at = time.monotonic() + REMEMBER_SECONDS
        self._ending = Ending(
            status=status,
            text=said.text,
            cuts=tuple(said.cuts),
            sources=said.sources,
            reason=reason,
            engine=(finish.engine or None) if finish else None,
            model=finish.model if finish else None,
            usage=said.usage,
            grounded=finish.grounded if finish else None,
            withheld=told.withheld if told else "",
            instead_of=finish.instead_of if finish else None,
            first_text_ms=said.first_text_ms,
            total_ms=self._elapsed_ms(),
            error_code=failure.code if failure else None,
            error=failure.message if failure else None,
            error_hint=failure.hint if failure else None,
            retryable=failure.retryable and self._repeatable if failure else False,
        )
        return self._write_down(self._ending)

    def _write_down(self, ending: Ending) -> bool:
        """Have the end kept; return False when the memory is away and it is to be tried again."""
        try:
            last = self._record.finish(ending)
        except OutOfReach as problem:
            if time.monotonic() < self._forgotten_at and not self._closing.is_set():
                return False
            # Its heartbeat goes stale, and the row will be closed from there.
            log.error("an answer's end was not kept", problem=kind_of(problem))
            last = Error(BROKEN.code, BROKEN.message, retryable=True)
        except Exception:
            log.exception("an answer's end was not kept", message_id=str(self.message_id))
            last = Error(BROKEN.code, BROKEN.message, retryable=True)
        self._close(last)
        if isinstance(last, Done) and ending.status == "completed":
            self._then()
        return True

    def _close(self, last: Event) -> None:
        self._told.end(last)
        self._on_end(self.message_id)

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)
