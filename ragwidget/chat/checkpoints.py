"""Writing down what was said so far: of all the turns of a process, about every second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol
from uuid import UUID

import structlog

from ragwidget.faults import kind_of

log = structlog.get_logger("ragwidget.turns")

CHECKPOINT_SECONDS = 1.0
DRAFTS_A_SECOND = 250  # with more answers at once each is written down less often
LOT = 50  # answers in one commit, so that nobody who reads waits while many are written
SIGN_SECONDS = 5.0  # after which a turn that only waits gives a sign of life
STILL_SECONDS = 2.0  # in which a living turn would have given one, where all seem dead


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as far as it was said; `cuts` are its lengths after each of its deltas."""

    message_id: UUID
    text: str
    cuts: tuple[int, ...]


class Drafting(Protocol):
    """A turn, as far as it is written down here."""

    message_id: UUID

    def draft(self) -> Draft | None:
        """Return what is to be written down, None when nothing is."""
        ...

    def kept(self, draft: Draft) -> None:
        """Take note that it was."""
        ...

    def stop(self) -> None:
        """End the answer."""
        ...


# takes the open answers and the drafts of some; returns those that should be stopped
Write = Callable[[Collection[UUID], Sequence[Draft]], Collection[UUID]]


class Checkpoints:
    """One thread that writes, as long as there is a turn; a turn of its own for each would cost
    a transaction a second for every visitor who reads.
    """

    def __init__(self, turns: Callable[[], Sequence[Drafting]], write: Write) -> None:
        self._turns = turns
        self._write = write
        self._lock = threading.Lock()
        self._writing = False

    def begin(self) -> None:
        """See to it that there is a thread; called when a turn has begun."""
        with self._lock:
            if self._writing:
                return
            self._writing = True
        threading.Thread(target=self._run, name="checkpoints", daemon=True).start()

    def _run(self) -> None:
        lots, round_seconds = 1, CHECKPOINT_SECONDS
        while True:
            for number in range(lots):
                time.sleep(round_seconds / lots)
                with self._lock:
                    turns = self._turns()
                    if not turns:
                        self._writing = False
                        return
                self._keep([turn for turn in turns if turn.message_id.int % lots == number])
            lots = ceil(len(turns) / LOT)
            round_seconds = max(CHECKPOINT_SECONDS, len(turns) / DRAFTS_A_SECOND)

    def _keep(self, turns: Sequence[Drafting]) -> None:
        drafted = [(turn, draft) for turn in turns if (draft := turn.draft())]
        try:
            stopped = self._write(
                [turn.message_id for turn in turns], [draft for _, draft in drafted]
            )
        except Exception as problem:
            # the answers go on; the next second may be better, and their end is written anyway
            log.warning(
                "answers were not written down", count=len(drafted), problem=kind_of(problem)
            )
            return
        for turn, draft in drafted:
            turn.kept(draft)
        for turn in turns:
            if turn.message_id in stopped:
                turn.stop()
