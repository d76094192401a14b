"""Who a visitor says they are, what the page tells of them, and a chat that asks for it first."""

from typing import Any

import pytest
from cast import Owner, Visitor, sign_in
from flask import Flask
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import func, select

from ragwidget import chatbots
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation

pytestmark = pytest.mark.usefixtures("engine")

VICTOR = {"name": "Victor", "email": "victor@example.org"}


def ask_first(app: Flask, alice: Owner) -> None:
    with app.app_context():
        chatbots.change(db.session.get_one(Chatbot, alice.chatbot_id), contact="first")


def begun(app: Flask) -> list[Conversation]:
    with app.app_context():
        return list(db.session.scalars(select(Conversation).order_by(Conversation.id)))


def refusal_of(who: Visitor, message: str, **fields: Any) -> tuple[int, str, str]:
    answer = who.send(message, **fields)
    error = answer.get_json()["error"]
    return answer.status_code, error["code"], error["field"]


def test_a_conversation_keeps_who_its_visitor_says_they_are(app: Flask, victor: Visitor) -> None:
    victor.ask("Does it float?", visitor=VICTOR)
    victor.ask("And does it sink?", visitor={"name": "The Director"})

    [row] = begun(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")
    assert not row.identified
    assert not row.vouched


def test_nobody_has_to_say_who_they_are(app: Flask, victor: Visitor) -> None:
    victor.ask("Does it float?", visitor={"name": " ", "email": ""})

    [row] = begun(app)
    assert (row.visitor_name, row.visitor_email) == ("", "")


def test_an_owner_can_ask_for_it_before_the_first_question(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    ask_first(app, alice)
    for visitor in ({}, {"name": "Victor"}, {"name": "Victor", "email": " "}):
        assert refusal_of(victor, "Hello?", visitor=visitor) == (403, "contact_required", "visitor")
    assert refusal_of(victor, "Hello?") == (403, "contact_required", "visitor")
    assert begun(app) == []

    victor.ask("Does it float?", visitor=VICTOR)
    victor.ask("And does it sink?")

    [row] = begun(app)
    assert row.message_count == 4
    assert refusal_of(victor, "Anew?", new_conversation=True)[1] == "contact_required"


def test_a_deleted_conversation_is_no_way_around_it(
    app: Flask, alice: Owner, mallory: Visitor
) -> None:
    mallory.ask("Before it was asked for?")
    ask_first(app, alice)
    assert mallory.call("DELETE", f"/conversations/{mallory.conversation_id}").status_code == 204

    assert refusal_of(mallory, "Hello?")[1] == "contact_required"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Conversation)) == 0


def test_whom_the_website_knows_is_not_asked(app: Flask, alice: Owner, victor: Visitor) -> None:
    ask_first(app, alice)
    proof = {"token": token_of(key_for(app, alice))}
    victor.token = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).json["token"]

    victor.ask("Does it float?")

    [row] = begun(app)
    assert row.identified


def test_what_the_page_tells_is_kept_for_the_owner_and_told_to_no_engine(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Does it float?", context={"plan": "gold", "basket": "3 bells"})
    victor.ask("And does it sink?")
    [row] = begun(app)
    assert row.details["context"] == {"plan": "gold", "basket": "3 bells"}

    victor.ask("And now?", context={"plan": "silver"})

    [row] = begun(app)
    assert row.details["context"] == {"plan": "silver"}
    assert "gold" not in repr(engine.asked)
    assert "silver" not in repr(engine.asked)
    assert "gold" not in victor.get("/conversations").text


def test_odd_contacts_and_contexts_are_refused_by_name(victor: Visitor) -> None:
    for fields, named in (
        ({"visitor": "Victor"}, "visitor"),
        ({"visitor": {"name": 7}}, "visitor.name"),
        ({"visitor": {"name": "x" * 121}}, "visitor.name"),
        ({"visitor": {"email": "nowhere"}}, "visitor.email"),
        ({"visitor": {"email": "x" * 250 + "@example.org"}}, "visitor.email"),
        ({"visitor": {"email": "v@example.org\nBcc: all@example.org"}}, "visitor.email"),
        ({"visitor": {"id": "42"}}, "visitor.id"),
        ({"visitor": {"identified": True}}, "visitor.identified"),
        ({"context": []}, "context"),
        ({"context": {f"key {n}": "x" for n in range(11)}}, "context"),
        ({"context": {"plan": 7}}, "context.plan"),
        ({"context": {"plan": {"a": "b"}}}, "context.plan"),
        ({"context": {"plan": "x" * 201}}, "context.plan"),
        ({"context": {"k" * 41: "x"}}, "context." + "k" * 41 + ".[key]"),
        ({"context": {" ": "x"}}, "context. .[key]"),
    ):
        assert refusal_of(victor, "Hello?", **fields) == (422, "invalid_input", named), fields


@pytest.mark.parametrize("known", [False, True], ids=["said", "signed"])
def test_hostile_names_stay_words_on_the_owners_pages(
    app: Flask, alice: Owner, mallory: Visitor, known: bool
) -> None:
    name, value = "<img src=x onerror=alert(1)>\u202e", '"><script>alert(2)</script>'
    if known:
        token = token_of(key_for(app, alice), "<b>=cmd|' /C calc'!A0", name=name)
        mallory.token = mallory.post(
            f"/chatbots/{alice.chatbot_id}/identify", json={"token": token}
        ).json["token"]
    email = "'=1+1'@example.org"
    mallory.ask("Hello?", visitor={"name": name, "email": email}, context={"<i>k": value})
    client = sign_in(app, "alice@example.org")
    list_of = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"

    pages = client.get(list_of).text, client.get(f"{list_of}/{mallory.conversation_id}").text

    for page in pages:
        assert "&lt;img src=x" in page
        for tag in ("<img src=x", "<script>alert", "<i>k", "<b>=cmd"):
            assert tag not in page
    assert "&lt;script&gt;alert(2)" in pages[1]
    assert ("says they are" in pages[1]) != known
    assert ("&lt;b&gt;=cmd" in pages[1]) == known
    assert ("mailto:%27%3D1%2B1%27%40example.org" in pages[1]) != known


def test_the_owner_sees_whether_a_name_is_only_said(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    victor.ask("Does it float?", visitor=VICTOR, context={"plan": "gold"})
    client = sign_in(app, "alice@example.org")
    list_of = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
    transcript = f"{list_of}/{victor.conversation_id}"

    assert "says they are <bdi>Victor</bdi>" in client.get(list_of).text
    page = client.get(transcript).text
    assert "says they are" in page
    assert 'href="mailto:victor%40example.org"' in page
    assert '<th scope="row"><bdi>plan</bdi></th>' in page

    proof = {"token": token_of(key_for(app, alice), "customer 42", name="Victor Visitor")}
    assert victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).status_code == 200

    assert "<bdi>Victor Visitor</bdi>" in client.get(list_of).text
    page = client.get(transcript).text
    assert "says they are" not in page
    assert "customer 42" in page


def test_a_message_for_a_human_tells_who_its_visitor_is(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    victor.ask("Does it float?")
    body = {**VICTOR, "message": "Call me."}
    path = f"/conversations/{victor.conversation_id}/contact"
    assert victor.post(path, json=body).status_code == 201

    [row] = begun(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")
    assert victor.post(path, json={**body, "name": "Someone else"}).status_code == 201
    assert begun(app)[0].visitor_name == "Victor"
