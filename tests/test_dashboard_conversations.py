"""What an owner sees at a glance of what was asked."""

import re
from uuid import UUID

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sqlalchemy import event

from ragwidget import insights
from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.extensions import db

NEAR = Finish("near", "scripted-1", grounded=True)
REFUSED = Finish("refused", "scripted-1", grounded=False)
UNGROUNDED = Finish("stop", "gemini-x", engine="gemini", grounded=False)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def conversations(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/conversations"


def chips(page: str) -> list[str]:
    return re.findall(r'<span class="chip[^"]*">([^<]*)</span>', page.partition("<main")[2])


def asked(victor: Visitor, engine: ScriptedEngine, *steps: object) -> str:
    """Ask in a new conversation what is answered in these steps; return the answer's id."""
    engine.will_say(*steps)
    return victor.ask("Hello?", new_conversation=True).message_id


def test_it_marks_conversations_that_went_without_an_answer(
    client: FlaskClient, conversations: str, victor: Visitor, engine: ScriptedEngine
) -> None:
    shown = {
        "Not in the sources": asked(victor, engine, "I don't know.", REFUSED),
        "Only near": asked(victor, engine, "Nearest:", NEAR),
        "Not from the sources": asked(victor, engine, "It floats.", UNGROUNDED),
        "Failed": asked(victor, engine, EngineFailed("away", "Not now.")),
        "Disliked": asked(victor, engine, "Yes."),
    }
    victor.call("PUT", f"/messages/{shown['Disliked']}/feedback", json={"rating": "down"})
    asked(victor, engine, "Yes.")

    assert sorted(chips(client.get(conversations).text)) == sorted(shown)


def test_it_marks_the_answers_of_a_transcript(
    client: FlaskClient, conversations: str, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("I don't know.", REFUSED)
    engine.will_say("Nearest:", NEAR)
    victor.ask("Where?")
    near = victor.ask("When?")
    liked = victor.ask("Really?")
    for reply, rating in ((near, "down"), (liked, "up")):
        body = {"rating": rating, "comment": f"{rating}!"}
        victor.call("PUT", f"/messages/{reply.message_id}/feedback", json=body)

    page = client.get(f"{conversations}/{victor.conversation_id}").text

    assert chips(page) == ["Not in the sources", "Only near", "Disliked", "Liked"]
    assert "“down!”" in page
    assert "ended by" not in page


def test_it_counts_what_was_only_near_as_unanswered(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    asked(victor, engine, "I don't know.", REFUSED)
    asked(victor, engine, "Nearest:", NEAR)
    asked(victor, engine, "Yes.")
    asked(victor, engine, "Yes.")

    page = client.get(f"/dashboard/chatbots/{alice.chatbot_id}/").text

    assert ">50 %<" in page
    assert "1 not in the sources, 1 only near" in page


def test_it_looks_at_a_page_of_conversations_with_one_query(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    ids = []
    for _ in range(3):
        asked(victor, engine, "I don't know.", REFUSED)
        ids.append(UUID(victor.conversation_id))
    with app.app_context():
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

        found = insights.outcomes(ids)

        assert [found[id].refused for id in ids] == [1, 1, 1]
        assert len([each for each in statements if each.startswith("SELECT")]) == 1
        assert insights.outcomes([]) == {}


def test_it_says_that_a_conversation_is_deleted_already(
    client: FlaskClient, conversations: str, victor: Visitor, engine: ScriptedEngine
) -> None:
    asked(victor, engine, "Yes.")
    path = f"{conversations}/{victor.conversation_id}"
    token = {"csrf_token": csrf_of(client, path)}

    for words in ("The conversation is deleted.", "It is deleted already."):
        answer = client.post(f"{path}/delete", data=token)
        assert (answer.status_code, answer.location) == (303, conversations)
        assert words in client.get(conversations).text
