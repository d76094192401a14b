"""Answers that end at once share a commit, and none of them pays for another's trouble."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ragwidget.chat.record import Ending
from ragwidget.conversations.endings import End, Endings
from ragwidget.conversations.values import Ended
from ragwidget.extensions import db

COUNT = 6


class Book:
    """Takes ends down, the first lot as slowly as a test wants."""

    def __init__(self) -> None:
        self.lots: list[int] = []
        self.unwanted: UUID | None = None
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, ends: Sequence[End]) -> list[Ended | None]:
        self.lots.append(len(ends))
        self.begun.set()
        assert self.go_on.wait(20)
        db.session.execute(text("SELECT 1"))  # not possible behind what PostgreSQL has refused
        if self.unwanted in {message_id for message_id, _ in ends}:
            with suppress(DBAPIError):
                db.session.execute(text("SELECT nothing"))
            raise IntegrityError("insert", None, ValueError("it can't be kept"))
        return [Ended(str(message_id), None, {}) for message_id, _ in ends]


def end_at_once(app: Flask, book: Book, ids: list[UUID]) -> list[str]:
    """End one answer, and all others while that is being written; return what each heard."""
    endings = Endings(book.write)

    def finish(message_id: UUID) -> str:
        with app.app_context():
            try:
                ended = endings.finish(message_id, Ending("completed", "", (), (), "stop"))
            except IntegrityError:
                return "refused"
            finally:
                db.session.remove()
        assert ended
        return ended.status

    with ThreadPoolExecutor(len(ids)) as crowd:
        heard = [crowd.submit(finish, ids[0])]
        assert book.begun.wait(20)
        heard += [crowd.submit(finish, message_id) for message_id in ids[1:]]
        patience = time.monotonic() + 20
        while len(endings._waiting) < len(ids) - 1 and time.monotonic() < patience:
            time.sleep(0.01)
        book.go_on.set()
        return [each.result(20) for each in heard]


@pytest.mark.parametrize("unwanted", [None, 3], ids=["all", "all but one"])
def test_who_waits_for_a_commit_shares_the_next(app: Flask, unwanted: int | None) -> None:
    book, ids = Book(), [uuid4() for _ in range(COUNT)]
    told = [str(message_id) for message_id in ids]
    if unwanted is not None:
        book.unwanted, told[unwanted] = ids[unwanted], "refused"

    assert end_at_once(app, book, ids) == told
    assert book.lots[:2] == [1, COUNT - 1]
    assert book.lots[2:] == ([] if unwanted is None else [1] * (COUNT - 1))
