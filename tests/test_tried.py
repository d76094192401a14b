"""Numbers are of visitors: what members try themselves counts in money alone."""

from datetime import timedelta

import pytest
from cast import Owner, Visitor, sign_in
from flask import Flask
from flask_migrate import downgrade, upgrade
from scripted import ScriptedEngine
from spending import COST, TOOK, USAGE, change, day_of
from sqlalchemy import func, select, update

from ragwidget import insights, jobs
from ragwidget.extensions import db
from ragwidget.insights import rollups
from ragwidget.models import Chatbot, Conversation, DailyPage, DailyQuestion, Message, now

OURS = "http://localhost"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said is counted without waiting for what may still be written down."""
    monkeypatch.setattr(rollups, "MARGIN", timedelta())


@pytest.fixture
def member(app: Flask, alice: Owner) -> Visitor:
    """Somebody in front of the chat in Alice's dashboard."""
    return Visitor(app, alice.chatbot_id, origin=OURS)


@pytest.fixture
def preview(alice: Owner) -> dict[str, str]:
    """The page beside the settings on which a member tries the chat."""
    return {"url": f"{OURS}/dashboard/chatbots/{alice.chatbot_id}/settings/look"}


def report(app: Flask, whose: Owner) -> insights.Report:
    return insights.report([whose.chatbot_id], insights.named("7d"))


@pytest.mark.usefixtures("at_once")
def test_what_members_try_is_in_no_number(
    app: Flask, alice: Owner, member: Visitor, victor: Visitor, preview: dict[str, str]
) -> None:
    for _ in range(2):
        member.ask("When do you open?", page=preview)
    contact = {"name": "Alice", "email": "alice@example.org", "message": "Does this work?"}
    path = f"/conversations/{member.conversation_id}/contact"
    assert member.post(path, json=contact).status_code == 201
    victor.ask("When do you open?", page={"url": "https://alice.example/"})

    for count in (lambda: None, jobs.count_up):
        with app.app_context():
            count()
            found = report(app, alice)
            total = found.total
            assert (total.questions, total.conversations, total.visitors) == (1, 1, 1)
            assert (total.handed_over, total.first_text.total()) == (0, 1)
            assert [one.asked for one in insights.questions(found)[0]] == []
            assert [page.words for page in insights.top_pages(found)] == ["https://alice.example/"]
    with app.app_context():
        for table in (DailyQuestion, DailyPage):
            assert db.session.scalar(select(func.sum(table.asked))) == 1


@pytest.mark.usefixtures("at_once")
def test_who_only_says_to_be_a_member_is_counted(
    app: Flask, alice: Owner, victor: Visitor, preview: dict[str, str]
) -> None:
    victor.ask("When do you open?", page=preview)

    with app.app_context():
        assert report(app, alice).total.questions == 1


@pytest.mark.usefixtures("at_once")
def test_a_member_who_asks_as_a_visitor_after_a_try_came_for_the_first_time(
    app: Flask, alice: Owner, member: Visitor, preview: dict[str, str]
) -> None:
    member.ask("Does it work?", page=preview)
    with app.app_context():
        yesterday = now() - timedelta(days=1)
        db.session.execute(update(Message).values(created_at=yesterday))
        db.session.commit()
        jobs.count_up()
    page = {"url": f"{OURS}/c/{alice.chatbot_id}"}
    member.ask("When do you open?", page=page, new_conversation=True)

    for count in (lambda: None, jobs.count_up):
        with app.app_context():
            count()
            total = report(app, alice).total
            assert (total.questions, total.visitors) == (1, 1)


@pytest.mark.usefixtures("at_once")
def test_many_tries_keep_nobody_from_being_counted(
    app: Flask,
    alice: Owner,
    member: Visitor,
    victor: Visitor,
    preview: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rollups, "AT_ONCE", 2)
    monkeypatch.setattr(rollups, "REST", 0.0)
    for _ in range(4):
        member.ask("Does it work?", page=preview)
    victor.ask("When do you open?")

    with app.app_context():
        assert insights.count_up() == 1


def test_what_a_try_cost_is_spent_and_makes_no_message_dearer(
    app: Flask,
    alice: Owner,
    engine: ScriptedEngine,
    member: Visitor,
    victor: Visitor,
    preview: dict[str, str],
) -> None:
    change(app, Chatbot, alice.chatbot_id, engine="gemini")
    for who, page in ((member, preview), (victor, None)):
        engine.will_say(*TOOK)
        who.ask("When do you open?", page=page)

    with app.app_context():
        spent = insights.spending_of([alice.chatbot_id], insights.named("7d")).total
        assert (spent.tokens, spent.priced) == (2 * USAGE.total, 2 * COST)
        assert (spent.by_visitors.tokens, spent.by_visitors.priced) == (USAGE.total, COST)
    assert day_of(app, alice)[:2] == (2 * USAGE.total, 2 * COST)
    client = sign_in(app, alice.email)
    page = client.get(f"/dashboard/chatbots/{alice.chatbot_id}/insights").text
    assert f"{2 * USAGE.total:,} tokens, {USAGE.total:,} by tries of members" in page
    assert f"{USAGE.total:,} tokens; the target" in page, "a message takes what a visitor's took"


def test_what_members_tried_before_that_was_told_apart_is_told_apart_since(
    app: Flask, member: Visitor, victor: Visitor, preview: dict[str, str]
) -> None:
    member.ask("When do you open?", page=preview)
    victor.ask("When do you open?", page={"url": "https://alice.example/dashboard/chatbots/"})
    with app.app_context():
        downgrade(revision="0022")
        upgrade()
        told = select(Conversation.page_url).where(Conversation.tried)
        assert db.session.scalars(told).all() == [preview["url"]]
