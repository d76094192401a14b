"""Answers that end at once, written down in one commit.

Each of them adds to the same rows of its day and holds them until its commit: hundreds that came
one by one would queue there, each with a connection. So of a process one commit is under way at a
time; who comes meanwhile waits without a connection, and the next commit takes all who wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from ragwidget.chat.record import Ending
from ragwidget.conversations.values import Ended
from ragwidget.database import DATABASE_AWAY
from ragwidget.extensions import db

MOST = 50  # in one commit, so that nobody's takes long

End = tuple[UUID, Ending]
Write = Callable[[Sequence[End]], Sequence[Ended | None]]


class Endings:
    """The ends of one app's answers in this process."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._turn = Lock()
        self._waiting: list[tuple[End, Future[Ended | None]]] = []

    def finish(self, message_id: UUID, ending: Ending) -> Ended | None:
        """Write an end down, together with those that wait; None where there was one before."""
        ended: Future[Ended | None] = Future()
        self._waiting.append(((message_id, ending), ended))
        with self._turn:
            while not ended.done():
                lot = self._waiting[:MOST]
                del self._waiting[: len(lot)]  # whoever comes now stands behind them
                self._write_lot(lot)
        return ended.result()

    def _write_lot(self, lot: Sequence[tuple[End, Future[Ended | None]]]) -> None:
        try:
            for (_, ended), how in zip(lot, self._write([end for end, _ in lot]), strict=True):
                ended.set_result(how)
        except BaseException as problem:
            db.session.rollback()
            if len(lot) > 1 and isinstance(problem, DBAPIError) and not _is_away(problem):
                for each in lot:  # so that what one of them can't have kept harms no other
                    self._write_lot([each])
                return
            for _, ended in lot:
                ended.set_exception(problem)


def _is_away(problem: BaseException) -> bool:
    return isinstance(problem, DATABASE_AWAY)
