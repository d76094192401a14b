"""What is said is written down while it is said, for all visitors at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY, Mock
from uuid import UUID

import pytest
from cast import Visitor
from flask import Flask
from hearing import listening
from live import eventually
from scripted import ScriptedEngine
from sqlalchemy import event, select, text

from ragwidget import conversations
from ragwidget.chat import checkpoints, turn
from ragwidget.chat.checkpoints import Checkpoints, Draft
from ragwidget.chat.events import Delta, Start, Waiting
from ragwidget.chat.record import Record
from ragwidget.chat.turn import Turn
from ragwidget.extensions import db
from ragwidget.models import Message


def written(app: Flask, message_id: str) -> Message:
    """Return an answer as it stands."""
    with app.app_context():
        return db.session.get_one(Message, UUID(message_id))


@contextmanager
def drafts_of(app: Flask) -> Iterator[list[int]]:
    """Count the drafts in each statement that writes some down."""
    counts: list[int] = []

    def note(_c: Any, _cursor: Any, statement: str, told: Any, _context: Any, many: bool) -> None:
        if statement.strip().startswith("WITH drafts AS"):
            counts.append(len(json.loads(told["drafts"])))  # where the database takes all at once
        elif statement.startswith("UPDATE messages SET text=") and "RETURNING" not in statement:
            counts.append(len(told) if many else 1)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_what_all_answers_said_is_written_down_by_one_statement(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    told, ended = threading.Event(), threading.Event()
    for _ in range(5):
        engine.will_say("At ", told, "nine.", ended)
    with ExitStack() as open_answers:
        ids = []
        for _ in range(5):
            victor.token = None
            asked = listening(victor, "When do you open?")
            ids.append(open_answers.enter_context(asked)[1])
    eventually(lambda: {written(app, each).text for each in ids} == {"At "})
    with drafts_of(app) as counts:
        told.set()
        eventually(lambda: {written(app, each).text for each in ids} == {"At nine."})
    ended.set()
    eventually(lambda: {written(app, each).status for each in ids} == {"completed"})

    counts = [count for count in counts if count]  # it also asks for those that should stop
    assert sum(counts) == 5
    assert len(counts) <= 2  # a second may have ended among them


def test_an_answer_goes_on_while_nothing_can_be_written_down(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    told, ended = threading.Event(), threading.Event()
    engine.will_say("At ", told, "nine.", ended)
    with listening(victor, "When do you open?") as (_, message_id):
        pass
    with app.app_context():
        db.session.execute(text("ALTER TABLE messages RENAME COLUMN cuts TO lost"))
        db.session.commit()
    told.set()
    threading.Event().wait(1.3)  # in which a checkpoint fails
    with app.app_context():
        db.session.execute(text("ALTER TABLE messages RENAME COLUMN lost TO cuts"))
        db.session.commit()
    eventually(lambda: written(app, message_id).text == "At nine.")
    assert written(app, message_id).status == "streaming"
    ended.set()

    eventually(lambda: written(app, message_id).status == "completed")


def test_a_draft_that_comes_late_changes_nothing_of_an_answer_that_ended(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    reply = victor.ask("When do you open?")
    this = UUID(reply.message_id)
    with app.app_context():
        stopped = conversations.checkpoint([this], [Draft(this, "Of old", (6,))])

    assert stopped == {this}
    assert (kept := written(app, reply.message_id)).text == reply.answer
    assert kept.status == "completed"


@pytest.mark.postgresql
def test_nobody_who_holds_one_answer_keeps_others_from_being_written_down(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        pytest.skip("SQLite has one writer, and holds no rows")
    told, ended = threading.Event(), threading.Event()
    for _ in range(2):
        engine.will_say("At ", told, "nine.", ended)
    with listening(victor, "When do you open?") as (_, held):
        victor.token = None
    with listening(victor, "When do you open?") as (_, other):
        pass
    with app.app_context():
        eventually(lambda: {written(app, each).text for each in (held, other)} == {"At "})
        db.session.execute(select(Message.id).filter_by(id=UUID(held)).with_for_update())
        told.set()
        eventually(lambda: written(app, other).text == "At nine.")
        assert written(app, held).text == "At "
        db.session.rollback()
    eventually(lambda: written(app, held).text == "At nine.")
    ended.set()

    eventually(lambda: written(app, held).status == "completed")


def test_an_answer_is_written_down_after_a_while_without_any(
    victor: Visitor, app: Flask, engine: ScriptedEngine
) -> None:
    ended = threading.Event()
    engine.will_say("At nine.")
    victor.ask("When do you open?")
    eventually(lambda: not app.extensions["turns"]._checkpoints._writing)
    engine.will_say("At five.", ended)
    with listening(victor, "When do you close?") as (_, message_id):
        eventually(lambda: written(app, message_id).text == "At five.")
    ended.set()


class Crowd:
    """Very many answers, written down as long as anybody looks."""

    def __init__(self, count: int, rounds: int) -> None:
        self.open = [Speaking(UUID(int=number)) for number in range(count)]
        self.rounds = rounds
        self.written: list[set[UUID]] = []

    def turns(self) -> Sequence[Speaking]:
        return self.open if len(self.written) < self.rounds else []

    def write(self, _: Collection[UUID], drafts: Sequence[Draft]) -> Collection[UUID]:
        self.written.append({draft.message_id for draft in drafts})
        return ()


class Speaking:
    """An answer that has said one word, and another after each that was written down."""

    def __init__(self, message_id: UUID) -> None:
        self.message_id = message_id
        self.words = ["And"]

    def draft(self) -> Draft | None:
        return Draft(self.message_id, " ".join(self.words), ())

    def kept(self, draft: Draft) -> None:
        assert draft.text == " ".join(self.words)
        self.words.append("so")

    def stop(self) -> None:
        raise AssertionError("nobody asked for it")


def test_many_are_written_down_in_lots_that_leave_out_nobody_and_more_seldom_the_more_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(sleep=rests.append))
    crowd = Crowd(600, rounds=1 + 12 + 12)  # whoever is there at first, then in twelve lots
    Checkpoints(crowd.turns, crowd.write)._run()

    everybody = {turn.message_id for turn in crowd.open}
    assert crowd.written[0] == everybody
    for lots in (crowd.written[1:13], crowd.written[13:25]):
        assert [len(lot) for lot in lots] == [50] * 12
        assert set().union(*lots) == everybody
    assert all(len(turn.words) == 4 for turn in crowd.open)
    assert sum(rests[1:13]) == pytest.approx(600 / checkpoints.DRAFTS_A_SECOND)


def test_silence_is_a_sign_of_life_now_and_then_and_only_of_an_answer_that_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = iter([Delta("At"), Waiting(), Waiting()])
    writing = Turn(Start({}, str(UUID(int=1)), str(UUID(int=2))), said, record=Mock(spec=Record))
    heard = writing.events()
    assert [next(heard), next(heard)] == [(1, ANY), (2, Delta("At"))]
    first = writing.draft()
    assert first is not None
    writing.kept(first)

    assert next(heard) is None
    assert writing.draft() is None, "nothing is new"
    monkeypatch.setattr(turn, "SIGN_SECONDS", 0.0)
    sign = writing.draft()
    assert sign == first
    writing.kept(sign)
    assert writing.draft() is None, "it may hang"
    assert next(heard) is None
    assert writing.draft() == first
    assert list(heard), "and it ends"
