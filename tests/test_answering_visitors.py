"""A member answers a visitor from the dashboard, as a person and by a name."""

from __future__ import annotations

import re

import pytest
from cast import Owner, Visitor, csrf_of, owner, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ragwidget.extensions import db
from ragwidget.models import AuditEntry, ContactRequest


@pytest.fixture
def victor(house: Flask) -> Visitor:
    """Victor, who would like to hear from a human."""
    victor = victor_at(house)
    victor.ask("May I bring my dog?")
    body = {"name": "Victor", "email": "victor@example.org", "message": "May I?"}
    victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)
    return victor


@pytest.fixture
def alice(house: Flask) -> Owner:
    with house.app_context():
        return owner("alice@example.org")


def transcript(alice: Owner, victor: Visitor) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/conversations/{victor.conversation_id}"


def request_of(house: Flask, alice: Owner) -> str:
    with house.app_context():
        left = db.session.scalars(select(ContactRequest.id)).one()
        return f"/dashboard/chatbots/{alice.chatbot_id}/inbox/{left}"


def held(client: FlaskClient, page: str) -> dict[str, str]:
    """Return what the box on a page holds."""
    found = re.findall(r'name="(message_id|request|name)" value="([^"]*)"', client.get(page).text)
    return {**dict(found), "csrf_token": csrf_of(client, page)}


def spoken(victor: Visitor) -> list[tuple[str, str]]:
    return [(one["author"], one["text"]) for one in victor.messages() if one["role"] == "team"]


def test_the_visitor_reads_it_under_the_name_that_was_given_last(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    client, page = sign_in(house, alice.email), transcript(alice, victor)
    box = held(client, page)
    assert box["name"] == "Alice"
    assert "victor@example.org" in client.get(page).text

    sent = {**box, "name": " Anna  from the shop ", "text": "Of course!\r\nDo bring him."}
    first = client.post(f"{page}/messages", data=sent, follow_redirects=True)
    client.post(f"{page}/messages", data=sent)  # pressed twice

    assert "The visitor reads it in the chat." in first.text
    assert spoken(victor) == [("Anna from the shop", "Of course!\nDo bring him.")]
    assert held(client, page)["name"] == "Anna from the shop"
    with house.app_context():
        noted = db.session.scalars(select(AuditEntry).filter_by(action="conversation.answered"))
        assert [entry.who for entry in noted] == [alice.email]


def test_who_answers_in_the_inbox_looks_after_it(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    client, page = sign_in(house, alice.email), request_of(house, alice)
    sent = {**held(client, page), "text": "Of course!"}

    answer = client.post(f"{transcript(alice, victor)}/messages", data=sent)
    page = answer.location.partition("#")[0]

    assert spoken(victor) == [("Alice", "Of course!")]
    assert "<bdi>Alice</bdi> from the team" in client.get(page).text
    assert "Yours" in client.get("/dashboard/inbox?state=taken").text


def test_what_nobody_could_read_is_not_sent(house: Flask, alice: Owner, victor: Visitor) -> None:
    client, page = sign_in(house, alice.email), transcript(alice, victor)
    box = {**held(client, page), "text": "Of course!"}

    for odd in ({"name": " "}, {"name": "a" * 121}, {"text": "\0 "}, {"text": "a" * 4001}):
        answer = client.post(f"{page}/messages", data={**box, **odd}, follow_redirects=True)
        assert "Nothing was sent" in answer.text, odd

    assert spoken(victor) == []


def test_nobody_answers_by_the_message_of_another_organization(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    request_id = request_of(house, alice).rpartition("/")[2]
    with house.app_context():
        bob = owner("bob@example.org")
    his = Visitor(house, bob.chatbot_id, origin="https://bob.example")
    his.ask("Hello?")
    client, page = sign_in(house, bob.email), transcript(bob, his)
    sent = {**held(client, page), "text": "Mine now.", "request": request_id}

    assert client.post(f"{page}/messages", data=sent).status_code == 404
    assert spoken(his) == []


def test_who_may_only_look_has_no_box(house: Flask, alice: Owner, victor: Visitor) -> None:
    viola = sign_in(house, "viola@example.org")

    assert "Answer in the chat" not in viola.get(transcript(alice, victor)).text
    assert "Answer in the chat" not in viola.get(request_of(house, alice)).text
