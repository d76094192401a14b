"""An owner narrows the list of conversations: filters combine, also with a search, in any order."""

import re
from datetime import timedelta
from typing import Any

import pytest
from cast import Owner, Visitor, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sqlalchemy import select, update

from ragwidget import conversations
from ragwidget.chat.events import SourceRef, Sources
from ragwidget.conversations import Filters
from ragwidget.conversations.search import lists, transcripts
from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.extensions import db
from ragwidget.models import Conversation, now

TITLES = re.compile(r'class="row-link"[^>]*><bdi>([^<]*)<')
REFUSED = Finish("refused", "scripted-1", grounded=False)
NEAR = Finish("near", "scripted-1", grounded=True)
WRITTEN = Finish("stop", "gemini-x", engine="gemini", grounded=False)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


def listed(client: FlaskClient, owner: Owner, query: str) -> list[str]:
    """Return the titles on a page of the list, on which nothing was refused."""
    path = f"/dashboard/chatbots/{owner.chatbot_id}/conversations"
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200, page.text
    return TITLES.findall(page.text)


def say(
    victor: Visitor,
    engine: ScriptedEngine,
    question: str,
    *answer: object,
    rating: str | None = None,
    **more: Any,
) -> None:
    """Ask in a conversation of its own, and rate the answer."""
    engine.will_say(*answer)
    victor.token = None
    reply = victor.ask(question, **more)
    if rating:
        victor.call("PUT", f"/messages/{reply.message_id}/feedback", json={"rating": rating})


@pytest.fixture
def said(victor: Visitor, engine: ScriptedEngine, alice: Owner) -> None:
    """Some conversations, each with something of its own."""
    shop, cited = "https://alice.example", Sources((source_ref(alice),))
    bikes, red = {"url": f"{shop}/bikes"}, {"url": f"{shop}/bikes/red?size=9"}
    say(victor, engine, "Bikes?", cited, "Fifty euros.", rating="up", page=red)
    say(victor, engine, "Cars?", "I don't know.", REFUSED, rating="down", locale="de-AT")
    say(victor, engine, "Vans?", cited, "Nearest:", NEAR, page=bikes)
    say(victor, engine, "Boats?", EngineFailed("away", "Not now."), locale="de")
    say(victor, engine, "Kites?", "They fly.", WRITTEN, page={"url": shop})
    body = {"name": "Victor", "email": "victor@example.org", "message": "Call me."}
    victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)


def source_ref(owner: Owner) -> SourceRef:
    return SourceRef(
        index=1,
        source_id=str(owner.source_id),
        title="Prices",
        kind="text",
        page=None,
        url=None,
        snippet="Fifty euros.",
        score=0.9,
        spans=((0, 5),),
    )


FOUND = {
    "outcome=answered": "Kites? Bikes?",
    "outcome=unanswered": "Boats? Vans? Cars?",
    "outcome=refused": "Cars?",
    "outcome=near": "Vans?",
    "outcome=failed": "Boats?",
    "outcome=ungrounded": "Kites?",
    "outcome=stopped": "",
    "rating=up": "Bikes?",
    "rating=down": "Cars?",
    "source={source_id}": "Vans? Bikes?",
    "page=https://alice.example/bikes": "Vans? Bikes?",
    "page=alice.example/bikes/red": "Bikes?",
    "page=https://alice.example": "Kites? Vans? Bikes?",
    "language=DE": "Boats? Cars?",
    "engine=gemini": "Kites?",
    "handed_over=yes": "Kites?",
    "handed_over=no&outcome=answered": "Bikes?",
    "unread=yes&outcome=near": "Vans?",
    "unread=no": "",
    "handled=no&archived=no&rating=up": "Bikes?",
    "archived=yes": "",
    "archived=any&rating=down": "Cars?",
    "search=fif&source={source_id}": "Bikes?",
    "search=nearest&outcome=refused": "",
    "search=%3F": "",
    "language=de&outcome=unanswered&sort=oldest": "Cars? Boats?",
    "sort=oldest": "Bikes? Cars? Vans? Boats? Kites?",
    "tag=00000000-0000-0000-0000-000000000000": "",
    "from={today}&to={today}&outcome=refused": "Cars?",
    "from={tomorrow}": "",
    "to={yesterday}&outcome=refused": "",
    "nonsense=1&outcome=": "Kites? Boats? Vans? Cars? Bikes?",
}


def test_filters_combine_with_each_other_and_with_a_search(
    client: FlaskClient, alice: Owner, said: None
) -> None:
    today = now().date()
    known = {
        "source_id": alice.source_id,
        "today": today,
        "yesterday": today - timedelta(days=1),
        "tomorrow": today + timedelta(days=1),
    }

    found = {query: listed(client, alice, query.format(**known)) for query in FOUND}

    assert found == {query: titles.split() for query, titles in FOUND.items()}


def test_a_filter_that_is_none_is_refused_by_its_name(client: FlaskClient, alice: Owner) -> None:
    path = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
    for query in (
        *("outcome=lost", "rating=5", "source=x", "tag=1", "from=today", "to=2026-02-30"),
        *("from=0001-01-01", "to=9999-12-31", "language=%00", "page=%2F", "engine=sql"),
        *("unread=1", "archived=maybe", "sort=title", "from=2026-02-02&to=2026-02-01"),
    ):
        page = client.get(f"{path}?{query}")
        assert page.status_code == 422, query
        assert page.text.count(f"{query.partition('=')[0]}: ") or "to: " in page.text, query


def test_the_pages_of_every_order_hold_each_conversation_once(
    app: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    for number in range(5):
        say(victor, engine, f"{number}?", "No.", REFUSED if number % 2 == 0 else WRITTEN)
        for _ in range((3, 0, 5, 1, 4)[number]):
            engine.will_say("No.", REFUSED if number % 2 == 0 else WRITTEN)
            victor.ask("And?")

    def pages(filters: Filters, sort: conversations.Sort) -> str:
        found, after = "", None
        while True:
            page = conversations.listing(alice.chatbot_id, filters, sort, after=after, limit=2)
            found += "".join(row.title[0] for row in page.rows) + " "
            after = page.next
            if after is None:
                return found.strip()

    with app.app_context():
        assert pages(Filters(), "newest") == "43 21 0"
        assert pages(Filters(), "oldest") == "01 23 4"
        assert pages(Filters(), "longest") == "24 03 1"
        assert pages(Filters(outcome="refused"), "newest") == "42 0"
        assert pages(Filters(outcome="refused"), "oldest") == "02 4"
        assert pages(Filters(outcome="refused"), "longest") == "24 0"
        assert conversations.count(alice.chatbot_id) == 5
        assert conversations.count(alice.chatbot_id, most=3) == 4
        assert conversations.count(alice.chatbot_id, Filters(outcome="refused")) == 3
        assert conversations.count(alice.chatbot_id, Filters(outcome="refused"), most=1) == 2


def test_an_answer_that_was_asked_for_again_leaves_nothing_behind(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say(EngineFailed("away", "Not now."))
    failed = victor.ask("Bikes?")
    assert listed(client, alice, "outcome=failed") == ["Bikes?"]
    victor.hear(victor.post(f"/messages/{failed.message_id}/retry"))

    assert listed(client, alice, "outcome=failed") == []
    assert listed(client, alice, "outcome=answered&search=bikes") == ["Bikes?"]


def test_a_rating_that_is_taken_back_is_no_longer_found(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Bikes?", "Yes.", rating="down")
    answer = victor.messages()[-1]["id"]
    assert listed(client, alice, "rating=down") == ["Bikes?"]
    victor.call("PUT", f"/messages/{answer}/feedback", json={"rating": None})

    assert listed(client, alice, "rating=down") == []
    assert listed(client, alice, "search=bikes") == ["Bikes?"]


def test_a_long_list_is_put_in_order_of_length_only_when_it_was_narrowed(
    app: Flask,
    client: FlaskClient,
    alice: Owner,
    said: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lists, "MOST_SORTED", 2)

    assert listed(client, alice, "sort=longest&source=" + str(alice.source_id))
    path = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
    refused = client.get(f"{path}?sort=longest&outcome=unanswered")
    assert refused.status_code == 422
    assert "Narrow the filters" in refused.text


def test_days_are_those_on_which_something_was_said_last(
    app: Flask, client: FlaskClient, alice: Owner, said: None
) -> None:
    with app.app_context():
        old = Conversation.title == "Cars?"
        db.session.execute(
            update(Conversation).where(old).values(last_message_at=now() - timedelta(days=400))
        )
        old_id = db.session.scalars(select(Conversation.id).where(old)).one()
        transcripts.refile([old_id])
        db.session.commit()
    year_ago = (now() - timedelta(days=365)).date()

    assert listed(client, alice, f"to={year_ago}") == ["Cars?"]
    assert listed(client, alice, f"to={year_ago}&rating=down") == ["Cars?"]
    assert listed(client, alice, f"from={year_ago}&outcome=unanswered") == ["Boats?", "Vans?"]


def test_of_several_tags_all_are_meant_or_any(
    app: Flask, client: FlaskClient, alice: Owner, said: None
) -> None:
    path = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
    with app.app_context():
        made = [
            conversations.tags.create(alice.organization_id, name, "teal")
            for name in ("Red", "Big")
        ]
        red, big = (tag.id for tag in made)
        for title, tags in {"Bikes?": [red], "Cars?": [red, big], "Boats?": [big]}.items():
            row = db.session.scalars(select(Conversation).filter_by(title=title)).one()
            conversations.triage.set_tags(row, tags)
        db.session.commit()
    both = f"tag={red}&tag={big}"

    assert listed(client, alice, both) == ["Cars?"]
    assert listed(client, alice, f"{both}&any_tag=yes") == ["Boats?", "Cars?", "Bikes?"]
    assert listed(client, alice, f"{both}&any_tag=yes&rating=up&from=2026-01-01") == ["Bikes?"]
    assert listed(client, alice, f"tag={big}&any_tag=yes&search=cars") == ["Cars?"]
    page = client.get(f"{path}?{both}&any_tag=yes").text
    assert len(re.findall(r'name="(?:tag|any_tag)"[^>]* checked', page)) == 3
    assert "Any of these tags" in page
