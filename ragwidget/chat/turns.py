"""The turns of a process: begun, found, and brought to an end when the process goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from ragwidget.chat.checkpoints import Checkpoints, Write
from ragwidget.chat.events import Start
from ragwidget.chat.record import Record
from ragwidget.chat.turn import Turn
from ragwidget.engines.protocol import Step

LAST_WORDS_SECONDS = 2.0


class Turns:
    """The turns of this process that are not over yet."""

    def __init__(self, write: Write) -> None:
        self._turns: dict[UUID, Turn] = {}
        self._lock = threading.Lock()
        self._checkpoints = Checkpoints(self._open, write)

    def start(
        self,
        start: Start,
        answer: Iterator[Step],
        record: Record,
        then: Callable[[], None] = lambda: None,
        *,
        repeatable: bool = True,
    ) -> Turn:
        """Begin a turn; it is kept until it ends, and `then` is called when it came to be whole.

        Its question can be answered once more unless it is not `repeatable`: nobody kept it.
        """
        turn = Turn(start, answer, record, self._forget, then, repeatable)
        with self._lock:
            self._turns[turn.message_id] = turn
        self._checkpoints.begin()
        return turn

    def find(self, message_id: UUID) -> Turn | None:
        """Return the turn that writes this answer, if it is one of this process."""
        with self._lock:
            return self._turns.get(message_id)

    def drain(self, seconds: float) -> None:
        """Let what is being written come to its end for a while, then end it as interrupted."""
        self._wait(seconds)
        for turn in self._open():
            turn.close()
        self._wait(LAST_WORDS_SECONDS)
        for turn in self._open():
            turn.abandon()

    def _wait(self, seconds: float) -> None:
        """Wait until no turn is open, those that begin meanwhile included."""
        deadline = time.monotonic() + seconds
        while (turns := self._open()) and (left := deadline - time.monotonic()) > 0:
            turns[0].wait(left)

    def _open(self) -> list[Turn]:
        with self._lock:
            return list(self._turns.values())

    def _forget(self, message_id: UUID) -> None:
        with self._lock:
            self._turns.pop(message_id, None)
