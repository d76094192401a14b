"""Answers that end early: stopped, asked for again, or left behind by a process that died."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from cast import Owner, Visitor, parse_events
from flask import Flask
from hearing import *  # noqa: F403 (fixtures)
from hearing import listening
from live import eventually
from scripted import ScriptedEngine
from sqlalchemy import update
from structlog.testing import capture_logs

from ragwidget import chatbots
from ragwidget.answering import following
from ragwidget.engines.protocol import EngineFailed
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message, now


def test_stopping_keeps_what_was_said(victor: Visitor, engine: ScriptedEngine) -> None:
    engine.will_say("At ", threading.Event(), "nine.")
    with listening(victor, "When do you open?") as (_, message_id):
        pass

    stopped = victor.post(f"/messages/{message_id}/stop").get_json()["message"]

    assert (stopped["status"], stopped["text"]) == ("stopped", "At ")
    assert victor.attach(message_id).names == ["start", "delta", "done"]


@pytest.mark.usefixtures("quick_checkpoints")
def test_another_process_can_stop_it(
    victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", threading.Event(), "nine.")
    with listening(victor, "When do you open?") as (_, message_id):
        other_process.token = victor.token

    other_process.post(f"/messages/{message_id}/stop")

    eventually(lambda: victor.messages()[1]["status"] == "stopped")
    assert victor.messages()[1]["text"] == "At "


def test_stopping_what_has_ended_changes_nothing(victor: Visitor, engine: ScriptedEngine) -> None:
    reply = victor.ask("Hello?")

    message = victor.post(f"/messages/{reply.message_id}/stop").get_json()["message"]

    assert (message["status"], message["text"]) == ("completed", "Yes.")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_deletes_what_is_being_written_hears_no_more_of_it(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("When do you open?")
    conversation = f"/conversations/{victor.conversation_id}"
    engine.will_say("At ", lambda: victor.call("DELETE", conversation), "six.")

    with capture_logs() as logged:
        told = victor.ask("And when do you close?")

    gone = {"code": "message_not_found", "message": "There is no such message."}
    assert told.last == gone | {"retryable": False}
    assert "error" not in [line["log_level"] for line in logged]


def test_a_retry_answers_the_same_question_in_the_old_ones_place(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("Before.")
    victor.ask("Hello?")
    engine.will_say("At ", EngineFailed("overloaded", "Please ask again."))
    failed = victor.ask("When do you open?")
    engine.will_say("At nine.")

    again = victor.hear(victor.post(f"/messages/{failed.message_id}/retry"))

    assert again.names == ["start", "delta", "done"]
    assert again.start["question_id"] == failed.start["question_id"]
    assert again.message_id != failed.message_id
    assert engine.asked[2].question == "When do you open?"
    assert [said.text for said in engine.asked[2].history] == ["Hello?", "Before."]
    assert [message["text"] for message in victor.messages()] == [
        "Hello?",
        "Before.",
        "When do you open?",
        "At nine.",
    ]
    with app.app_context():
        old = db.session.get_one(Message, UUID(failed.message_id))
        assert old.superseded_at is not None
        assert old.text == "At "


def test_a_retry_does_not_keep_a_mode_that_the_owner_took_away(
    app: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    def let_visitors(*modes: str, mode: str) -> None:
        with app.app_context():
            chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
            chatbots.change(chatbot, visitor_modes=list(modes), mode=mode)

    let_visitors("creative", mode="balanced")
    first = victor.ask("Hello?", mode="creative")
    second = victor.hear(victor.post(f"/messages/{first.message_id}/retry"))
    let_visitors(mode="strict")
    victor.hear(victor.post(f"/messages/{second.message_id}/retry"))

    assert [asked.mode for asked in engine.asked] == ["creative", "creative", "strict"]


def test_what_was_retried_or_is_being_written_cannot_be_retried(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", threading.Event())
    with listening(victor, "When do you open?") as (_, message_id):
        pass
    too_early = victor.post(f"/messages/{message_id}/retry")
    victor.post(f"/messages/{message_id}/stop")
    victor.hear(victor.post(f"/messages/{message_id}/retry"))
    too_late = victor.post(f"/messages/{message_id}/retry")

    for refusal in (too_early, too_late):
        assert refusal.status_code == 409
        assert refusal.get_json()["error"]["code"] == "nothing_to_retry"


def test_who_asks_for_the_same_answer_again_twice_at_once_gets_one(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    first = victor.ask("When do you open?")
    both = threading.Barrier(4)

    def retry(_: int) -> int:
        both.wait()
        answer = victor.post(f"/messages/{first.message_id}/retry?stream=false")
        return answer.status_code

    with ThreadPoolExecutor(4) as tabs:
        assert sorted(tabs.map(retry, range(4))) == [200, 409, 409, 409]
    assert len(engine.asked) == 2
    assert len(victor.messages()) == 2


def test_a_retry_asks_with_the_same_sources(
    victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    asked = victor.ask("Hello?", source_ids=[str(alice.source_id)], use_sources=False)
    victor.hear(victor.post(f"/messages/{asked.message_id}/retry"))

    first, again = engine.asked
    assert (again.source_ids, again.use_sources) == (first.source_ids, first.use_sources)
    assert again.source_ids == (str(alice.source_id),)
    assert not again.use_sources


def test_an_answer_whose_process_died_is_closed_with_what_it_had_said(
    app: Flask, victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    reply = victor.ask("When do you open?")
    with app.app_context():  # as a killed process leaves it
        db.session.execute(
            update(Message)
            .where(Message.id == UUID(reply.message_id))
            .values(
                status="streaming",
                text="At ",
                cuts=[3],
                heartbeat_at=now() - timedelta(minutes=1),
                completed_at=None,
            )
        )
        db.session.commit()
    other_process.token = victor.token

    told = other_process.attach(reply.message_id)

    assert told.names == ["start", "delta", "error"]
    assert told.last["code"] == "interrupted"
    assert told.last["retryable"] is True
    assert victor.messages()[1]["text"] == "At "


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_an_answer_that_gave_no_sign_is_given_time_for_one(
    app: Flask,
    victor: Visitor,
    other_process: Visitor,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a time without its database every living answer looks dead."""
    monkeypatch.setattr(following, "STILL_SECONDS", 60)
    monkeypatch.setattr(following, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(following, "PING_AFTER_POLLS", 3)
    reply = victor.ask("When do you open?")
    this = update(Message).where(Message.id == UUID(reply.message_id))
    with app.app_context():
        old = now() - timedelta(minutes=5)
        db.session.execute(this.values(status="streaming", heartbeat_at=old))
        db.session.commit()

    other_process.token = victor.token
    heard = other_process.get(f"/messages/{reply.message_id}/events").iter_encoded()
    begun = [next(heard) for _ in range(3)]  # the last of them after some looks at it
    with app.app_context():
        db.session.execute(this.values(status="completed", heartbeat_at=None))
        db.session.commit()
    told = list(parse_events(b"".join([*begun, *heard]).decode()))

    assert [name for _, name, _ in told] == reply.names


def test_a_process_that_ends_says_so_to_who_is_listening(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", threading.Event())
    with listening(victor, "When do you open?") as (_, message_id):
        pass

    app.extensions["turns"].drain(0.1)

    told = victor.attach(message_id)
    assert told.names == ["start", "delta", "error"]
    assert told.last["code"] == "interrupted"
