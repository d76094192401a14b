"""What a visitor is told of an answer besides its words: whence, by whom, what to ask next."""

from uuid import UUID

import pytest
from cast import Owner, Visitor
from flask import Flask
from scripted import ScriptedEngine

from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message

DOWN = EngineFailed("engine_down", "Not now.", hint="Gemini is down.", passing=True)
WITHHELD = "Bicycles were invented by nobody."


def test_it_tells_whether_an_answer_is_from_the_sources(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("It floats.", Finish("stop", "gemini-x", grounded=False, engine="gemini"))

    done = victor.ask("Does it float?").last["message"]
    [_, kept] = victor.messages()

    for told in (done, kept):
        assert (told["engine"], told["grounded"], told["fallback"]) == ("gemini", False, False)


def test_it_tells_that_another_engine_has_answered_but_not_why(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    finish = Finish("stop", "local", grounded=True, engine="local", instead_of=DOWN)
    engine.will_say("At nine.", finish)

    reply = victor.ask("When?")
    [_, kept] = victor.messages()

    assert reply.last["message"]["fallback"] is True
    assert (kept["engine"], kept["fallback"]) == ("local", True)
    assert "Gemini" not in reply.text + str(kept)


def test_it_tells_nothing_of_what_was_withheld(victor: Visitor, engine: ScriptedEngine) -> None:
    finish = Finish("refused", "gemini-x", engine="gemini", withheld=WITHHELD)
    engine.will_say("I can't find that.", finish)

    reply = victor.ask("Who invented it?")
    message = victor.get(f"/messages/{reply.message_id}")

    assert WITHHELD not in reply.text + message.text + str(victor.messages())


@pytest.mark.usefixtures("engine")
def test_it_tells_a_title_and_suggestions_that_came_after_the_answer(
    app: Flask, victor: Visitor
) -> None:
    reply = victor.ask("When?")
    before = victor.get(f"/messages/{reply.message_id}").get_json()
    with app.app_context():
        message = db.session.get_one(Message, UUID(reply.message_id))
        message.follow_ups = ["And on Sunday?"]
        db.session.get_one(Conversation, message.conversation_id).title = "Opening hours"
        db.session.commit()

    after = victor.get(f"/messages/{reply.message_id}").get_json()

    assert before["message"]["follow_ups"] == []
    assert before["conversation"] == {"id": victor.conversation_id, "title": "When?"}
    assert after["message"]["follow_ups"] == ["And on Sunday?"]
    assert after["conversation"]["title"] == "Opening hours"
    assert after["message"] == victor.messages()[1]


@pytest.mark.usefixtures("engine")
def test_it_shows_a_message_to_nobody_elses_visitor(victor: Visitor, mallory: Visitor) -> None:
    reply = victor.ask("When?")
    mallory.ask("When?")

    assert mallory.get(f"/messages/{reply.message_id}").status_code == 404


def test_it_promises_suggestions_only_where_somebody_makes_them(
    app: Flask, victor: Visitor, alice: Owner
) -> None:
    def promised(**settings: object) -> bool:
        with app.app_context():
            chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
            for name, value in settings.items():
                setattr(chatbot, name, value)
            db.session.commit()
        promise: bool = victor.get(f"/chatbots/{alice.chatbot_id}").get_json()["follow_ups"]
        return promise

    assert not promised()
    assert not promised(suggests_follow_ups=True)  # the embedded engine has nobody to ask
    assert promised(engine="gemini")
