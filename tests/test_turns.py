"""A turn outlives its request, and any number of readers hear the same answer."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import pytest
from cast import Owner, Reply, Visitor, parse_events
from databases import Databases
from flask import Flask, request_started
from hearing import *  # noqa: F403 (fixtures)
from hearing import later, listening
from live import eventually
from scripted import ScriptedEngine
from sqlalchemy import func, select

from ragwidget.chat import turn
from ragwidget.extensions import db
from ragwidget.models import Message


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
    victor: Visitor, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "PING_SECONDS", 0.02)
    gate = threading.Event()
    engine.will_say("At ", gate, "nine.")
    with listening(victor, "When do you open?") as (response, message_id):
        ahead = victor.get(f"/messages/{message_id}/events?after=99999").iter_encoded()
        assert next(ahead) == b": ping\n\n", "it listens, and there is nothing behind that"
        gate.set()
        for _ in response.iter_encoded():
            pass

        assert [name for _, name, _ in parse_events(b"".join(ahead).decode())][-1] == "done"


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
    eventually(lambda: victor.messages()[1]["text"] == "At nine ")
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


def test_twenty_identical_requests_at_once_ask_once(
    app: Flask, alice: Owner, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    everyone, all_came, coming = threading.Barrier(20), threading.Event(), count(1)
    engine.will_say("At ", all_came, "nine.")

    def come(_app: Flask, **_: object) -> None:
        if next(coming) == 20:
            all_came.set()

    def ask(_: int) -> Reply:
        visitor = Visitor(app, alice.chatbot_id)
        everyone.wait()
        return visitor.ask("When do you open?", message_id=name)

    with request_started.connected_to(come, app), ThreadPoolExecutor(20) as pool:
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
