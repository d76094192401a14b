"""A visitor asks and is answered: the wire, spelled whole."""

from datetime import timedelta
from uuid import UUID, uuid4

from cast import Owner, Visitor
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import EngineFailed
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, now


def cited(source_id: UUID) -> Sources:
    return Sources(
        (SourceRef(1, str(source_id), "Hours", "text", 3, None, "At nine.", 0.91, ((0, 8),)),)
    )


def test_it_answers_from_what_it_has_read(victor: Visitor, alice: Owner) -> None:
    reply = victor.ask("When does the bicycle shop open?")

    assert "nine in the morning" in reply.answer
    (source,) = {
        (source["source_id"], source["kind"])
        for _, name, data in reply.events
        if name == "sources"
        for source in data["sources"]
    }
    assert source == (str(alice.source_id), "text")


def test_it_spells_the_events_as_promised(
    victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", "nine.", cited(alice.source_id))

    reply = victor.ask("When do you open?")

    assert [(number, name) for number, name, _ in reply.events] == [
        (1, "start"),
        (2, "delta"),
        (3, "delta"),
        (4, "sources"),
        (5, "done"),
    ]
    assert reply.text.startswith("id: 1\nevent: start\ndata: {")
    assert reply.text.endswith("}\n\n")
    assert reply.start.keys() == {"conversation", "question_id", "message_id"}
    assert reply.start["conversation"].keys() == {"id", "title", "token"}
    assert reply.start["conversation"]["title"] == "When do you open?"
    assert reply.events[3][2] == {
        "sources": [
            {
                "index": 1,
                "source_id": str(alice.source_id),
                "title": "Hours",
                "kind": "text",
                "page": 3,
                "url": None,
                "snippet": "At nine.",
                "score": 0.91,
                "spans": [[0, 8]],
            }
        ]
    }
    done = reply.last["message"]
    assert done["id"] == reply.message_id
    assert (done["status"], done["finish_reason"]) == ("completed", "stop")
    assert (done["model"], done["tokens"]["total"]) == ("scripted-1", 10)
    assert done["latency"]["total_ms"] >= done["latency"]["first_text_ms"] >= 0


def test_its_stream_has_the_headers_that_proxies_need(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    headers = victor.ask("Hello?").headers

    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "private, no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in headers


def test_it_answers_in_one_piece_when_asked_to(
    victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", "nine.", cited(alice.source_id))

    body = victor.ask_whole("When do you open?")

    assert body.keys() == {"conversation", "question_id", "message"}
    assert body["message"]["text"] == "At nine."
    assert body["message"]["status"] == "completed"
    assert body["message"]["question_id"] == body["question_id"]
    assert [source["title"] for source in body["message"]["sources"]] == ["Hours"]


def test_it_writes_down_what_was_said(victor: Visitor, engine: ScriptedEngine) -> None:
    engine.will_say("At nine.")
    victor.ask("When do you open?")

    question, answer = victor.messages()

    assert (question["role"], question["text"]) == ("visitor", "When do you open?")
    assert (answer["role"], answer["text"]) == ("chatbot", "At nine.")
    assert question["created_at"].endswith("+00:00")


def test_it_remembers_the_page_but_only_the_network_of_the_visitor(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?", page={"url": "https://alice.example/hire", "title": "Hire"})

    with app.app_context():
        conversation = db.session.scalars(select(Conversation)).one()
        assert conversation.page_url == "https://alice.example/hire"
        assert conversation.page_title == "Hire"
        assert conversation.address == "203.0.113.0/24"


def test_it_tells_the_engine_what_was_said_before(victor: Visitor, engine: ScriptedEngine) -> None:
    engine.will_say("At nine.")
    victor.ask("When do you open?")
    victor.ask("And on Saturday?")

    second = engine.asked[1]

    assert second.question == "And on Saturday?"
    assert [(said.role, said.text) for said in second.history] == [
        ("visitor", "When do you open?"),
        ("chatbot", "At nine."),
    ]


def test_it_windows_the_history_by_number_and_by_size(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    app.config.update(HISTORY_MESSAGES=4, HISTORY_CHARS=30)
    for question in ("first", "second", "third"):
        engine.will_say(f"{question}!")
        victor.ask(question)
    victor.ask("fourth")
    engine.will_say("x" * 29)
    victor.ask("fifth")
    victor.ask("sixth")

    assert [said.text for said in engine.asked[3].history] == [
        "second",
        "second!",
        "third",
        "third!",
    ]
    assert [said.text for said in engine.asked[5].history] == ["x" * 29]


def test_it_starts_a_new_conversation_for_the_same_visitor(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    first = victor.ask("Hello?").start["conversation"]["id"]
    second = victor.ask("Something else.", new_conversation=True).start["conversation"]["id"]

    threads = victor.get("/conversations").get_json()["conversations"]
    assert [thread["id"] for thread in threads] == [second, first]
    assert engine.asked[1].history == ()


def test_it_cuts_a_title_at_a_word(victor: Visitor, engine: ScriptedEngine) -> None:
    reply = victor.ask("wonderful " * 20)

    title = reply.start["conversation"]["title"]
    assert title == "wonderful " * 6 + "wonderful…"
    assert len(title) <= 80


def test_a_failure_after_the_first_byte_is_an_error_event(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", EngineFailed("overloaded", "Please ask again.", hint="Quota used up."))

    reply = victor.ask("When do you open?")

    assert reply.names == ["start", "delta", "error"]
    assert reply.last == {"code": "overloaded", "message": "Please ask again.", "retryable": True}
    assert "Quota" not in reply.text
    answer = victor.messages()[1]
    assert (answer["status"], answer["text"]) == ("failed", "At ")
    assert answer["error"] == reply.last


def test_a_fault_in_the_engine_is_told_without_its_details(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("At ", RuntimeError("secret stack"))

    reply = victor.ask("When do you open?")

    assert reply.names == ["start", "delta", "error"]
    assert reply.last["code"] == "internal"
    assert "secret stack" not in reply.text
    assert victor.messages()[1]["status"] == "failed"


def test_the_same_message_id_never_asks_twice(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    engine.will_say("At nine.")

    first = victor.ask("When do you open?", message_id=name)
    again = victor.ask("When do you open?", message_id=name)
    whole = victor.ask_whole("When do you open?", message_id=name)

    assert len(engine.asked) == 1
    assert again.names == first.names
    assert again.answer == first.answer
    assert again.message_id == first.message_id == whole["message"]["id"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2


def test_the_same_message_id_with_other_words_is_refused(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    victor.ask("When do you open?", message_id=name)

    refusal = victor.send("When do you close?", message_id=name)

    assert refusal.status_code == 409
    assert refusal.get_json()["error"]["code"] == "message_id_taken"
    assert len(engine.asked) == 1


def test_a_resend_without_a_token_finds_its_first_answer(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    engine.will_say("At nine.")
    first = victor.ask("When do you open?", message_id=name)
    neighbour = Visitor(app, alice.chatbot_id, address="203.0.113.99")  # same network

    again = neighbour.ask("When do you open?", message_id=name)

    assert again.message_id == first.message_id
    with app.app_context():
        db.session.execute(update(Message).values(created_at=now() - timedelta(minutes=11)))
        db.session.commit()
    late = Visitor(app, alice.chatbot_id, address="203.0.113.98")
    assert late.send("When do you open?", message_id=name).status_code == 409
    assert len(engine.asked) == 1


def test_mallory_cannot_take_an_answer_by_its_message_id(
    app: Flask, victor: Visitor, mallory: Visitor, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    engine.will_say("A secret.")
    victor.ask("When do you open?", message_id=name)

    without_token = mallory.send("When do you open?", message_id=name)
    mallory.ask("Hello?")
    with_token = mallory.send("When do you open?", message_id=name)

    for refusal in (without_token, with_token):
        assert refusal.status_code == 409
        assert "A secret" not in refusal.text


def test_only_the_first_question_can_be_resent_without_a_token(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    name = str(uuid4())
    victor.ask("Hello?")
    victor.ask("When do you open?", message_id=name)

    stranger = Visitor(app, alice.chatbot_id)
    assert stranger.send("When do you open?", message_id=name).status_code == 409


def test_a_visitor_may_choose_a_mode_only_where_the_owner_lets_them(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    refusal = victor.send("Hello?", mode="creative")

    assert refusal.status_code == 422
    assert refusal.get_json()["error"]["field"] == "mode"
    victor.ask("Hello?", mode="balanced")
    assert engine.asked[0].mode == "balanced"


def test_sources_of_another_chatbot_cannot_be_named(
    victor: Visitor, alice: Owner, bob: Owner, engine: ScriptedEngine
) -> None:
    refusal = victor.send("Hello?", source_ids=[str(bob.source_id)])
    victor.ask("Hello?", source_ids=[str(alice.source_id)])

    assert refusal.status_code == 422
    assert refusal.get_json()["error"]["unknown"] == [str(bob.source_id)]
    assert [asked.source_ids for asked in engine.asked] == [(str(alice.source_id),)]


def test_a_chatbot_never_answers_from_anothers_sources(app: Flask, bob: Owner) -> None:
    visitor = Visitor(app, bob.chatbot_id, origin="https://bob.example")

    reply = visitor.ask("What is the deposit for a marzipan bicycle?")

    assert "fifty" not in reply.text
    assert "marzipan bicycle is" not in reply.text


def test_a_deleted_conversation_begins_anew_without_losing_the_question(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    first = victor.ask("Hello?").start["conversation"]["id"]
    victor.call("DELETE", f"/conversations/{first}")

    again = victor.ask("Still there?")

    assert again.start["conversation"]["id"] != first
    assert engine.asked[1].history == ()
