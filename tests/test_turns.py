"""A turn outlives its request, and any number of readers hear the same answer."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cast import Owner, Reply, Visitor, parse_events
from databases import Databases
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from ragwidget import chatbots
from ragwidget.chat import checkpoints
from ragwidget.engines.protocol import EngineFailed
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message, now


@contextmanager
def listening(victor: Visitor, question: str) -> Iterator[tuple[TestResponse, str]]:
    """Ask, hear the first words, and go away at the end of the block."""
    response = victor.send(question)
    heard = ""
    for chunk in response.iter_encoded():
        heard += chunk.decode()
        if "event: delta" in heard:
            break
    victor.token = dict(next(parse_events(heard))[2])["conversation"]["token"]
    victor.conversation_id = dict(next(parse_events(heard))[2])["conversation"]["id"]
    try:
        yield response, dict(next(parse_events(heard))[2])["message_id"]
    finally:
        response.close()


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    patience = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < patience, "it never came to that"
        time.sleep(0.02)


def later(work: Callable[[], Reply]) -> Callable[[], Reply]:
    """Do something beside the test; call the result to have what came of it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return lambda: future.result(15)


@pytest.fixture
def quick_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write down what was said as soon as it was."""
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SECONDS", 0.02)


@pytest.fixture
def other_process(
    app: Flask, make_app: Callable[..., Flask], victor: Visitor, engine: ScriptedEngine
) -> Visitor:
    """Victor, whose requests reach another process on the same database."""
    other = make_app(app.config["SQLALCHEMY_DATABASE_URI"])
    other.extensions["engine"] = engine
    return Visitor(other, UUID(victor.chatbot_id))


def test_the_answer_is_written_down_although_the_visitor_left(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    gate = threading.Event()
    engine.will_say("At ", gate, "nine.")
    with listening(victor, "When do you open?"):
        pass

    gate.set()

    eventually(lambda: victor.messages()[1]["status"] == "completed")
    assert victor.messages()[1]["text"] == "At nine."


def test_the_answer_is_written_down_although_nobody_ever_listened(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At nine.")
    response = victor.send("When do you open?")
    victor.token = dict(next(parse_events(next(iter(response.iter_encoded())).decode()))[2])[
        "conversation"
    ]["token"]
    response.close()

    threads = victor.get("/conversations").get_json()["conversations"]
    victor.conversation_id = threads[0]["id"]
    eventually(lambda: victor.messages()[1]["text"] == "At nine.")


def test_coming_back_one_hears_what_is_left_and_nothing_twice(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    gate = threading.Event()
    engine.will_say("At ", gate, "nine ", "sharp.")
    with listening(victor, "When do you open?") as (_, message_id):
        pass

    rest = later(lambda: victor.attach(message_id, after=2))
    gate.set()

    assert [number for number, _, _ in rest().events] == [3, 4, 5]
    assert rest().answer == "nine sharp."
    assert victor.attach(message_id).answer == "At nine sharp."
    assert len(engine.asked) == 1


def test_two_listeners_hear_the_same(victor: Visitor, engine: ScriptedEngine) -> None:
    gate = threading.Event()
    engine.will_say("At ", gate, "nine.")
    with listening(victor, "When do you open?") as (response, message_id):
        second = later(lambda: victor.attach(message_id))
        gate.set()
        rest = "".join(chunk.decode() for chunk in response.iter_encoded())

        assert [number for number, _, _ in parse_events(rest)] == [3, 4]
        assert second().answer == "At nine."


def test_who_claims_to_have_heard_more_than_was_said_hears_the_end(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    gate = threading.Event()
    engine.will_say("At ", gate, "nine.")
    with listening(victor, "When do you open?") as (response, message_id):
        ahead = later(lambda: victor.attach(message_id, after=99_999))
        time.sleep(0.3)
        gate.set()
        for _ in response.iter_encoded():
            pass

        assert ahead().names[-1] == "done"


def test_a_silent_engine_keeps_the_line_awake(victor: Visitor, engine: ScriptedEngine) -> None:
    gate = threading.Event()
    engine.will_say(gate, "Nine.")

    heard = ""
    with victor.send("When do you open?") as response:
        for piece in response.iter_encoded():
            heard += piece.decode()
            if "\n\n: ping\n\n" in heard:
                gate.set()

    assert gate.is_set()
    assert [number for number, _, _ in parse_events(heard)] == [1, 2, 3]


@pytest.mark.usefixtures("quick_checkpoints")
def test_another_process_goes_on_where_the_listener_was(
    victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    first, second = threading.Event(), threading.Event()
    engine.will_say("At ", first, "nine ", second, "sharp.")
    with listening(victor, "When do you open?") as (_, message_id):
        other_process.token = victor.token
    rest = later(lambda: other_process.attach(message_id, after=2))
    first.set()
    time.sleep(0.3)
    second.set()

    assert [(number, name) for number, name, _ in rest().events] == [
        (3, "delta"),
        (4, "delta"),
        (5, "done"),
    ]
    assert rest().answer == "nine sharp."
    assert len(engine.asked) == 1


def test_a_whole_answer_is_spelled_the_same_from_memory(
    victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("Ä", "🚲 two", " three")
    reply = victor.ask("Bicycle?")
    other_process.token = victor.token

    again = other_process.attach(reply.message_id)

    assert [event[:2] for event in again.events] == [event[:2] for event in reply.events]
    assert again.answer == reply.answer == "Ä🚲 two three"
    assert again.last == reply.last


def test_reading_behind_the_end_gives_the_end_once_more(
    victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    reply = victor.ask("Hello?")
    other_process.token = victor.token

    assert other_process.attach(reply.message_id, after=99).names == ["done"]


def test_the_last_event_id_header_means_the_same_as_after(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    reply = victor.ask("Hello?")

    again = victor.hear(
        victor.get(f"/messages/{reply.message_id}/events", headers={"Last-Event-ID": "2"})
    )

    assert again.names == ["done"]


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


def test_twenty_identical_requests_at_once_ask_once(
    app: Flask, alice: Owner, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    everyone = threading.Barrier(20)
    engine.will_say("At ", lambda: time.sleep(0.3), "nine.")

    def ask(_: int) -> Reply:
        visitor = Visitor(app, alice.chatbot_id)
        everyone.wait()
        return visitor.ask("When do you open?", message_id=name)

    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(ask, range(20)))

    assert len({reply.message_id for reply in replies}) == 1
    assert {reply.answer for reply in replies} == {"At nine."}
    assert len(engine.asked) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2


def test_two_tabs_at_once_never_take_the_same_place(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: victor.send(f"Question {number}").text, range(8)))

    thread = victor.get(f"/conversations/{victor.conversation_id}").get_json()["conversation"]
    assert thread["message_count"] == len(victor.messages()) == 18


@pytest.mark.parametrize("stream", [True, False])
def test_no_database_connection_is_held_while_the_engine_speaks(
    app: Flask, victor: Visitor, engine: ScriptedEngine, stream: bool
) -> None:
    held: list[int] = []

    def look() -> None:
        with app.app_context():
            held.append(db.engine.pool.checkedout())

    engine.will_say(look, "At ", look, "nine.", look)
    assert victor.send("When do you open?", stream=stream).text

    assert held == [0, 0, 0]


def test_no_database_connection_is_held_by_a_listener(
    app: Flask, victor: Visitor, other_process: Visitor, engine: ScriptedEngine
) -> None:
    gate = threading.Event()
    engine.will_say("At ", gate, "nine.")
    with listening(victor, "When do you open?") as (_, message_id):
        other_process.token = victor.token
    rest = later(lambda: other_process.attach(message_id))
    with app.app_context():
        eventually(lambda: db.engine.pool.checkedout() == 0)
    with other_process._client.application.app_context():
        eventually(lambda: db.engine.pool.checkedout() == 0)
    gate.set()

    assert rest().answer.endswith("nine.")


def test_when_every_place_is_taken_the_rest_hear_so_and_can_come_again(
    databases: Databases, make_app: Callable[..., Flask]
) -> None:
    app = make_app(databases.copy(), MAX_STREAMS=2)
    app.extensions["engine"] = engine = ScriptedEngine()
    with app.app_context():
        from cast import owner

        chatbot_id = owner("alice@example.org").chatbot_id
    gate, name = threading.Event(), str(uuid4())
    engine.will_say("One", gate)
    engine.will_say("Two", gate)
    first, second, third = (Visitor(app, chatbot_id) for _ in range(3))
    with listening(first, "First?"), listening(second, "Second?"):
        refusal = third.send("Third?", message_id=name)
        page = third.get(f"/chatbots/{chatbot_id}")
    gate.set()

    assert refusal.status_code == 503
    assert refusal.get_json()["error"]["code"] == "busy"
    assert int(refusal.headers["Retry-After"]) > 0
    assert page.status_code == 200
    assert third.ask("Third?", message_id=name).answer == "Yes."
    assert len(engine.asked) == 3


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
