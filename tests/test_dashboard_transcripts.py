"""A transcript says where each answer is from, who wrote it and what it took."""

import re
from html import unescape
from uuid import UUID

import pytest
from cast import Owner, Visitor, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from spending import change

from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import EngineFailed, Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message

DOWN = EngineFailed("engine_down", "Not now.", hint="Google says that Gemini is overloaded.")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


def page_of(victor: Visitor) -> str:
    return f"/dashboard/chatbots/{victor.chatbot_id}/conversations/{victor.conversation_id}"


def transcript(client: FlaskClient, victor: Visitor) -> str:
    return unescape(client.get(page_of(victor)).text)


def chips(page: str) -> list[str]:
    return re.findall(r'<span class="chip[^"]*">([^<]*)</span>', page.partition("<main")[2])


@pytest.mark.parametrize(("reason", "ended"), [("stop", False), ("max_tokens", True)])
def test_it_marks_an_answer_that_no_source_supports(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine, reason: str, ended: bool
) -> None:
    engine.will_say("It floats.", Finish(reason, "gemini-x", engine="gemini"))
    victor.ask("Does it float?")

    page = transcript(client, victor)

    assert chips(page) == ["Not from the sources"]
    assert ("ended by max tokens" in page) == ended


def test_numbers_count_what_no_source_supports_as_answered_and_lead_to_it(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    change(app, Chatbot, alice.chatbot_id, engine="gemini")
    engine.will_say("It floats.", Finish("stop", "gemini-x", engine="gemini"))
    victor.ask("Does it float?")
    other = victor_at(app, address="203.0.114.9")
    engine.will_say("At nine.", Finish("stop", "gemini-x", grounded=True, engine="gemini"))
    other.ask("When do you open?")

    page = unescape(client.get(f"/dashboard/chatbots/{alice.chatbot_id}/insights").text)
    assert re.search(r"Answered\s*<.{0,400}?100 %", page, re.DOTALL)
    [link] = re.findall(r'href="([^"]+)">found in the conversations', page)
    found = client.get(link).text
    assert "Does it float?" in found
    assert "When do you open?" not in found


def test_it_takes_a_greeting_for_what_it_is(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("Hello!", Finish("stop", "local", engine="local"))
    victor.ask("Hello?")

    assert chips(transcript(client, victor)) == []


def test_it_shows_its_owner_what_was_withheld(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    finish = Finish("refused", "gemini-x", engine="gemini", withheld="**Made** <b>up</b>.")
    engine.will_say("I can't find that.", finish)
    victor.ask("Who?")

    page = transcript(client, victor)

    assert "Withheld from the visitor: it was not in the sources" in page
    assert "<strong>Made</strong> &lt;b&gt;up" in client.get(page_of(victor)).text
    assert chips(page) == ["Not in the sources"]


def test_it_shows_what_was_withheld_of_an_answer_that_broke_off(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say(EngineFailed("engine_cut", "It broke off.", hint="H.", withheld="Half an"))
    victor.ask("Who?")

    page = transcript(client, victor)

    assert "Withheld from the visitor: it broke off before it could be checked" in page
    assert "Half an" in page


def test_it_says_why_another_engine_has_answered(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say(
        "At nine.", Finish("stop", "local", grounded=True, engine="local", instead_of=DOWN)
    )
    victor.ask("When?")

    page = transcript(client, victor)

    assert chips(page) == ["Answered by the embedded engine"]
    assert DOWN.hint in page


def test_it_says_what_the_tokens_went_into_and_what_they_cost(
    app: Flask, client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    usage = Usage(prompt=1800, completion=95, thoughts=200, tools=1100, cached=900)
    engine.will_say("At nine.", usage, Finish("stop", "gemini-x", grounded=True, engine="gemini"))
    reply = victor.ask("When?")
    priced(app, reply.message_id, 4200)

    page = transcript(client, victor)

    assert (
        "3,195 tokens (1,800 read, 900 of them from cache, 1,100 of passages, 200 thought, "
        "95 written)"
    ) in page
    assert "0.0042" in page

    priced(app, reply.message_id, None)
    assert "price not known" in transcript(client, victor)


def test_it_lists_what_was_suggested_next(
    app: Flask, client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    reply = victor.ask("When?")
    with app.app_context():
        message = db.session.get_one(Message, UUID(reply.message_id))
        message.follow_ups = ["And on <Sunday>?"]
        db.session.commit()

    assert "<bdi>And on &lt;Sunday&gt;?</bdi>" in client.get(page_of(victor)).text


def test_it_marks_where_an_answer_has_it_from(
    client: FlaskClient, victor: Visitor, engine: ScriptedEngine, alice: Owner
) -> None:
    source = SourceRef(
        index=1,
        source_id=str(alice.source_id),
        title="Hours.pdf",
        kind="file",
        page=3,
        url=None,
        snippet="The shop opens at nine.",
        score=0.9,
        spans=((0, 8),),
    )
    engine.will_say("At nine.", Sources((source,)), Finish("stop", "gemini-x", grounded=True))
    reply = victor.ask("When?")

    page = transcript(client, victor)

    assert f'<sup class="mark"><a href="#source-{reply.message_id}-1">1</a></sup>' in page
    assert f'id="source-{reply.message_id}-1"' in page
    assert "Hours.pdf, page 3" in page
    assert f"/sources/{alice.source_id}" in page


def priced(app: Flask, message_id: str, cost: int | None) -> None:
    with app.app_context():
        db.session.get_one(Message, UUID(message_id)).cost = cost
        db.session.commit()
