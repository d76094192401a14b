"""What is known of a person is found, handed out and erased; nothing is kept for too long."""

import json
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from cast import BOB_SITE, Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from identifying import become
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import inspect, select, text, update
from werkzeug.test import TestResponse

from ragwidget import jobs
from ragwidget.engines.protocol import EngineFailed
from ragwidget.extensions import db
from ragwidget.models import Chatbot, ContactRequest, Conversation, Message, now

DOWN = EngineFailed("engine_down", "Not now.", hint="It is down.", retryable=True)
CANARY = "xylophone"


@pytest.fixture
def client(app: Flask, alice: Owner) -> FlaskClient:
    return sign_in(app, alice.email)


def page_of(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/settings/privacy"


def send(client: FlaskClient, page: str, path: str = "", **fields: Any) -> TestResponse:
    return client.post(page + path, data={"csrf_token": csrf_of(client, page), **fields})


def set_chatbot(app: Flask, alice: Owner, **settings: Any) -> None:
    with app.app_context():
        db.session.execute(update(Chatbot).filter_by(id=alice.chatbot_id).values(**settings))
        db.session.commit()


def grow_old(app: Flask, days: float, *, whole: bool = True, message_ids: Any = None) -> None:
    """Let what was said until now have been said so many days ago."""
    then = now() - timedelta(days=days)
    with app.app_context():
        chosen = Message.id.in_(message_ids) if message_ids else Message.id.is_not(None)
        db.session.execute(update(Message).where(chosen).values(created_at=then))
        db.session.execute(update(ContactRequest).values(created_at=then))
        if whole:
            db.session.execute(update(Conversation).values(last_message_at=then, created_at=then))
        db.session.commit()


def expire(app: Flask) -> None:
    with app.app_context():
        jobs.expire()
        db.session.remove()


def everything(app: Flask) -> str:
    """Return all that stands in any table, as one text."""
    with app.app_context():
        tables = inspect(db.engine).get_table_names()
        rows = [
            row for table in tables for row in db.session.execute(text(f'SELECT * FROM "{table}"'))
        ]
        return "\n".join(map(str, rows))


@pytest.fixture
def victor_asked(victor: Visitor, engine: ScriptedEngine) -> Visitor:
    engine.will_say("Nine.")
    victor.ask("When do you open?")
    return victor


def test_it_erases_what_is_older_than_it_is_kept(
    app: Flask, alice: Owner, bob: Owner, client: FlaskClient, victor_asked: Visitor
) -> None:
    at_bobs = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    at_bobs.ask("And you?")
    left = {"name": "Vera", "email": "vera@example.net", "message": "Call Vera."}
    at_bobs.post(f"/conversations/{at_bobs.conversation_id}/contact", json=left)
    assert send(client, page_of(alice), retention_days="30", kept="words").status_code == 303
    grow_old(app, 29.9)
    expire(app)
    assert len(victor_asked.messages()) == 2

    grow_old(app, 30.1)
    expire(app)

    assert (
        victor_asked.get(f"/conversations/{victor_asked.conversation_id}/messages").status_code
        == 404
    )
    assert "When do you open?" not in everything(app)
    assert len(at_bobs.messages()) == 2
    assert "Call Vera." in everything(app)


def test_of_a_conversation_that_goes_on_only_the_old_part_goes(
    app: Flask, alice: Owner, victor_asked: Visitor, engine: ScriptedEngine
) -> None:
    set_chatbot(app, alice, retention_days=7)
    old = [UUID(message["id"]) for message in victor_asked.messages()]
    engine.will_say("Ten.")
    victor_asked.ask("And on Saturday?")
    grow_old(app, 8, whole=False, message_ids=old)

    expire(app)

    assert [message["text"] for message in victor_asked.messages()] == ["And on Saturday?", "Ten."]
    (thread,) = victor_asked.get("/conversations").get_json()["conversations"]
    assert (thread["title"], thread["message_count"]) == ("And on Saturday?", 2)
    kept = everything(app)
    assert "When do you open?" not in kept
    assert "xyou" not in kept  # in the index of what was said
    engine.will_say("No.")
    assert victor_asked.ask("And on Sunday?").answer == "No."


def test_it_keeps_everything_that_nobody_limits(app: Flask, victor_asked: Visitor) -> None:
    grow_old(app, 5_000)
    expire(app)

    assert len(victor_asked.messages()) == 2


def test_an_installation_keeps_nothing_longer_than_it_says(
    app: Flask, alice: Owner, client: FlaskClient, victor_asked: Visitor
) -> None:
    app.config["RETENTION_DAYS"] = 90
    refused = send(client, page_of(alice), retention_days="91", kept="words")
    assert refused.status_code == 422
    assert "This installation keeps nothing for more than 90 days." in refused.text

    set_chatbot(app, alice, retention_days=365)  # from before the installation said so
    grow_old(app, 91)
    expire(app)

    assert victor_asked.get("/conversations").get_json()["conversations"] == []


def test_a_person_is_found_by_what_they_said_of_themselves(
    app: Flask, alice: Owner, client: FlaskClient, victor_asked: Visitor
) -> None:
    contact = {"name": "Victor", "email": "victor@example.net", "message": "Call me."}
    path = f"/conversations/{victor_asked.conversation_id}/contact"
    assert victor_asked.post(path, json=contact).status_code == 201

    for words in ("Victor@Example.net", str(visitor_id_of(app, victor_asked))):
        page = client.get(page_of(alice), query_string={"person": words}).text
        assert "<bdi>victor@example.net</bdi>" in page
        assert "1 conversation" in unescape(page)
    assert "Nobody of that address" in client.get(page_of(alice), query_string={"person": "%"}).text


def visitor_id_of(app: Flask, victor: Visitor) -> UUID:
    with app.app_context():
        found = db.session.scalar(
            select(Conversation.visitor_id).filter_by(id=UUID(victor.conversation_id))
        )
        assert found
        return found


def test_all_that_is_known_of_a_visitor_is_handed_out_and_nothing_of_another(
    app: Flask, alice: Owner, client: FlaskClient, victor_asked: Visitor, engine: ScriptedEngine
) -> None:
    victor_asked.call(
        "PUT",
        f"/messages/{victor_asked.messages()[1]['id']}/feedback",
        json={"rating": "down", "comment": "Too short."},
    )
    engine.will_say("Yes.")
    other = Visitor(app, alice.chatbot_id)
    other.ask("Something else?")

    path = f"/visitors/{visitor_id_of(app, victor_asked)}.json"
    response = client.get(page_of(alice) + path)

    assert response.headers["Content-Disposition"].startswith("attachment;")
    (thread,) = response.get_json()["conversations"]
    assert [message["text"] for message in thread["messages"]] == ["When do you open?", "Nine."]
    assert thread["messages"][1]["feedback"]["comment"] == "Too short."
    assert thread["network"] == "203.0.113.0/24"
    assert "203.0.113.7" not in response.text
    assert "Something else?" not in response.text


def test_a_visitor_is_erased_and_nobody_else(
    app: Flask, alice: Owner, client: FlaskClient, victor_asked: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("Yes.")
    other = Visitor(app, alice.chatbot_id)
    other.ask("Something else?")
    visitor_id = visitor_id_of(app, victor_asked)

    done = send(client, page_of(alice), f"/visitors/{visitor_id}/erase")

    assert done.status_code == 303
    assert "When do you open?" not in everything(app)
    assert str(visitor_id) not in everything(app)
    assert visitor_id.hex not in everything(app)
    assert len(other.messages()) == 2
    assert victor_asked.get("/conversations").get_json()["conversations"] == []


def test_nobody_else_finds_hands_out_or_erases_them(
    app: Flask, alice: Owner, bob: Owner, victor_asked: Visitor
) -> None:
    visitor_id = visitor_id_of(app, victor_asked)
    bobs = sign_in(app, bob.email)
    path = f"/visitors/{visitor_id}"
    assert send(bobs, page_of(bob), f"{path}/erase").status_code == 303  # nobody of his
    export = bobs.get(f"{page_of(bob)}{path}.json").get_json()
    assert export["conversations"] == []
    violas = sign_in(app, "viola@example.org")
    assert violas.get(f"{page_of(alice)}{path}.json").status_code == 403
    page = violas.get(page_of(alice), query_string={"person": str(visitor_id)})
    assert "Erase" not in page.text

    assert len(victor_asked.messages()) == 2


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_a_website_signed_for_is_found_handed_out_and_forgotten_where_that_was_only(
    app: Flask, alice: Owner, bob: Owner, client: FlaskClient, victor_asked: Visitor
) -> None:
    signed = token_of(key_for(app, alice), f"{CANARY}-7", name="Victor", email="v@example.net")
    become(victor_asked, token=signed)
    visitor_id = visitor_id_of(app, victor_asked)
    bobs, path = sign_in(app, bob.email), f"/visitors/{visitor_id}"
    for words in (f"{CANARY}-7", "V@example.net", str(visitor_id)):
        assert f"{CANARY}-7" in client.get(page_of(alice), query_string={"person": words}).text
        page = bobs.get(page_of(bob), query_string={"person": words}).text
        assert "Nobody of that address" in page
    handed_out = client.get(f"{page_of(alice)}{path}.json").get_json()["visitor"]
    assert (handed_out["external_id"], handed_out["name"]) == (f"{CANARY}-7", "Victor")
    assert bobs.get(f"{page_of(bob)}{path}.json").get_json()["visitor"] == {"id": str(visitor_id)}

    send(bobs, page_of(bob), f"{path}/erase")
    assert CANARY in everything(app)
    send(client, page_of(alice), f"{path}/erase")
    assert CANARY not in everything(app)


def test_nothing_that_a_visitor_typed_is_kept_where_its_owner_says_so(
    app: Flask, alice: Owner, client: FlaskClient, victor: Visitor, engine: ScriptedEngine
) -> None:
    assert send(client, page_of(alice), retention_days="", kept="nothing").status_code == 303
    engine.will_say("Nine.")
    engine.will_say("Ten.")
    victor.ask(
        f"When does the {CANARY} open?",
        visitor={"name": f"{CANARY}", "email": f"{CANARY}@example.net"},
        page={"url": "https://alice.example/hours", "title": "Opening hours"},
    )
    victor.ask(f"And the {CANARY} on Saturday?")
    answer_id = victor.messages()[-1]["id"]
    refused = [
        victor.call(
            "PUT", f"/messages/{answer_id}/feedback", json={"rating": "up", "comment": CANARY}
        ),
        victor.call("PATCH", f"/conversations/{victor.conversation_id}", json={"title": CANARY}),
        victor.post(
            f"/conversations/{victor.conversation_id}/contact",
            json={"name": CANARY, "email": "a@example.net", "message": CANARY},
        ),
    ]

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert {response.get_json()["error"]["code"] for response in refused} == {"nothing_kept"}
    assert CANARY not in everything(app)
    assert [message["text"] for message in victor.messages()] == ["", "Nine.", "", "Ten."]
    assert engine.asked[-1].question == f"And the {CANARY} on Saturday?"
    assert engine.asked[-1].history == ()
    (thread,) = victor.get("/conversations").get_json()["conversations"]
    assert thread["title"] == "Opening hours"


def test_a_question_that_was_not_kept_is_sent_again_but_not_answered_again(
    app: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    set_chatbot(app, alice, keeps_words=False)
    engine.will_say("Nine.", DOWN)
    message_id = "5f8c1a34-94cc-4a83-9e55-0d1a3c3b6f0a"

    reply = victor.ask("When?", message_id=message_id)
    again = victor.ask("When?", message_id=message_id)

    assert (reply.last["code"], reply.last["retryable"]) == ("engine_down", False)
    assert again.last == reply.last
    assert len(engine.asked) == 1
    refused = victor.post(f"/messages/{reply.message_id}/retry")
    assert refused.status_code == 409
    assert "write it once more" in refused.text


def test_nobody_is_asked_for_a_name_that_would_not_be_kept(
    app: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    set_chatbot(app, alice, keeps_words=False, contact="first")
    engine.will_say("Nine.")

    settings = victor.get(f"/chatbots/{alice.chatbot_id}").get_json()

    assert (settings["contact"], settings["keeps_words"]) == ("never", False)
    assert victor.ask("When?").answer == "Nine."


def test_an_export_can_be_read_back(client: FlaskClient, app: Flask, alice: Owner) -> None:
    """What nobody said is an empty list, not an error."""
    path = "/visitors/5f8c1a34-94cc-4a83-9e55-0d1a3c3b6f0a.json"
    assert json.loads(client.get(page_of(alice) + path).text)["conversations"] == []
