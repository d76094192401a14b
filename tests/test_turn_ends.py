"""A turn ends whatever is away: its memory for long, or its engine when the process goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from unittest.mock import Mock
from uuid import UUID

import pytest
from live import eventually

from ragwidget.chat import turn
from ragwidget.chat.events import Delta, Done, Error, Start
from ragwidget.chat.record import OutOfReach, Record
from ragwidget.chat.turn import Turn
from ragwidget.engines.protocol import Finish, Step

START = Start({}, str(UUID(int=1)), str(UUID(int=2)))
KEPT = Done({"text": "At nine."})


@pytest.fixture
def memory() -> Mock:
    return Mock(spec=Record, **{"finish.return_value": KEPT})


def nine() -> Iterator[Step]:
    yield Delta("At nine.")
    yield Finish("stop", "scripted-1")


def test_an_end_waits_for_the_memory_and_is_told_once_it_is_back(
    memory: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TRY_AGAIN_SECONDS", 0.01)
    memory.finish.side_effect = [OutOfReach, OutOfReach, KEPT]
    heard = list(Turn(START, nine(), memory).events())
    assert heard == [(1, START), (2, Delta("At nine.")), None, None, (3, KEPT)]


def test_an_end_that_no_memory_takes_is_told_as_a_failure_after_a_while(
    memory: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TRY_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(turn, "REMEMBER_SECONDS", 0.1)
    memory.finish.side_effect = OutOfReach
    *_, last = Turn(START, nine(), memory).events()
    assert last is not None
    number, error = last
    assert number == 3
    assert isinstance(error, Error)
    assert error.retryable


def test_an_answer_whose_engine_says_nothing_is_ended_without_it(memory: Mock) -> None:
    says_more = threading.Event()

    def silent() -> Iterator[Step]:
        yield Delta("At")
        says_more.wait(20)

    writing = Turn(START, silent(), memory)
    reader = threading.Thread(target=writing.run)
    reader.start()
    eventually(lambda: writing.draft() is not None)
    try:
        writing.abandon()
        assert writing.wait(0)
        [ending] = memory.finish.call_args.args
        assert (ending.status, ending.reason, ending.text) == ("failed", "interrupted", "At")
        assert ending.retryable
    finally:
        says_more.set()
        reader.join()
