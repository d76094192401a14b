"""An owner sees what was asked, how well it went and what it took, for any days they choose."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from asking import season
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD, Owner, owner, sign_in
from databases import SECRET, SQLite, let_go
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from ragwidget import budgets, chatbots, insights, jobs
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, now


@pytest.fixture(scope="module")
def shop(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app in which Alice's visitors have asked for seventy days; all but the end is counted."""
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(tmp_path_factory.mktemp("shop")),
        DATABASE_URL=sqlite.copy(),
        SIGN_IN_ATTEMPTS="1000 per minute",
    )
    with app.app_context():
        alice = owner("alice@example.org")
        season(alice)
        jobs.count_up()
        season(alice, days=1, a_day=4, minutes=4)
    yield app
    let_go(app)


@pytest.fixture(scope="module")
def hers(shop: Flask) -> Owner:
    with shop.app_context():
        return owner("alice@example.org")


@pytest.fixture(scope="module")
def client(shop: Flask) -> FlaskClient:
    return sign_in(shop, "alice@example.org")


def words_of(client: FlaskClient, path: str, **query: Any) -> str:
    """Return what a page says, without its markup."""
    page = client.get(path, query_string=query)
    assert page.status_code == 200, page.text
    body = page.text.partition('<main id="content"')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_chatbots_insights_say_what_was_counted(
    shop: Flask, client: FlaskClient, hers: Owner
) -> None:
    with shop.app_context():
        answers = [
            answer
            for answer in db.session.query(Message).filter_by(role="chatbot")
            if answer.created_at.date() > now().date() - timedelta(days=7)
        ]
        theirs = [db.session.get_one(Conversation, one.conversation_id) for one in answers]
    visitors = {conversation.visitor_id for conversation in theirs}
    failed = sum(answer.status == "failed" for answer in answers)
    said = words_of(client, f"/dashboard/chatbots/{hers.chatbot_id}/insights", range="7d")

    assert f"Questions {len(answers)} " in said
    assert f"Visitors {len(visitors)} " in said
    assert f"{sum(answer.rating == 'up' for answer in answers)} up" in said
    assert f"Failed {100 * failed / len(answers):.0f} %" in said or failed / len(answers) < 0.1
    assert "Do you sell cargo bikes?" in said.partition("Not in the sources")[2]
    assert "bicycles.example/rental" in said
    assert "What Alice's bicycles does" in said.partition("Cited most")[2]
    assert "at most $0.01" in said.partition("What a message costs")[2].partition("As a table")[0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"range": "1y"}, "range"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "2001-01-01", "to": "2026-01-01"}, "from"),
        ({"from": "9999-12-31"}, "from"),
    ],
    ids=str,
)
def test_days_that_are_none_are_refused_by_name(
    client: FlaskClient, hers: Owner, query: dict[str, str], field: str
) -> None:
    for path in (f"/dashboard/chatbots/{hers.chatbot_id}/insights", "/dashboard/insights"):
        page = client.get(path, query_string=query)
        assert page.status_code == 422
        assert f"{field}: " in page.text


def test_a_question_without_an_answer_becomes_a_pair(client: FlaskClient, hers: Owner) -> None:
    page = client.get(f"/dashboard/chatbots/{hers.chatbot_id}/insights").text
    href = unescape(re.findall(r'class="ranked-do" href="([^"]+)"', page)[0])
    form = client.get(href).text

    assert re.search(r'<details class="card" id="pair" open>', form)
    assert 'value="Do you sell cargo bikes?"' in form or 'value="Can I pay' in form


def test_the_overview_says_what_is_worth_a_look(client: FlaskClient, hers: Owner) -> None:
    said = words_of(client, f"/dashboard/chatbots/{hers.chatbot_id}/")

    assert "disliked" in said.partition("Worth a look")[2]
    assert "Write the answer" in said


def test_the_overview_says_that_todays_budget_is_spent(
    shop: Flask, client: FlaskClient, hers: Owner
) -> None:
    page = f"/dashboard/chatbots/{hers.chatbot_id}/"
    assert "Today’s budget is spent" not in words_of(client, page)
    with shop.app_context():
        budgets.set_limits(hers.organization_id, tokens=1, cost=None)
        db.session.get_one(Chatbot, hers.chatbot_id).engine = "gemini"
        db.session.commit()

    assert "Today’s budget is spent" in words_of(client, page)


def test_an_organization_sees_its_chatbots_side_by_side(
    shop: Flask, client: FlaskClient, hers: Owner
) -> None:
    with shop.app_context():
        days = insights.named("30d")
        asked = insights.report([hers.chatbot_id], days).total.questions
        chatbots.create(hers.organization_id, "Quiet one")
    said = words_of(client, "/dashboard/insights")

    assert f"Questions {asked} " in said
    assert "Quiet one" in said
    assert "Bob" not in words_of(client, "/dashboard/insights", range="12m")
    assert "There is nothing" not in said


def test_few_visitors_in_a_long_time_are_more_than_none_a_day(
    client: FlaskClient, hers: Owner
) -> None:
    last = now().date() - timedelta(days=69)  # the first day on which anybody asked
    days = {"from": str(last - timedelta(days=364)), "to": str(last)}
    said = words_of(client, f"/dashboard/chatbots/{hers.chatbot_id}/insights", **days)

    assert re.search(r"Visitors [1-9]\d? under 0\.1 a day", said)


def test_who_was_asked_nothing_reads_a_kind_word(shop: Flask) -> None:
    bobs = sign_in(shop, "bob@example.org")
    with shop.app_context():
        bob = owner("bob@example.org")

    assert "Nobody asked anything" in words_of(
        bobs, f"/dashboard/chatbots/{bob.chatbot_id}/insights"
    )


@pytest.mark.browser
def test_they_look_well_and_everybody_can_read_them(
    shop: Flask, hers: Owner, browser: Browser
) -> None:
    server = make_server("127.0.0.1", 0, shop, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.port}"
    chatbot = f"{home}/dashboard/chatbots/{hers.chatbot_id}"
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        watched = watch(context)
        page = watched.page
        page.goto(f"{home}/sign-in?next=/dashboard/insights")
        page.get_by_label("E-mail").fill(hers.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Chatbots side by side")).to_be_visible()
        check_accessible(page)
        shoot_all(page, "insights-organization")

        page.get_by_role("link", name="Alice's bicycles").first.click()
        expect(page.get_by_role("heading", name="When people ask")).to_be_visible()
        page.get_by_text("As a table: How long visitors waited for the first words").click()
        check_accessible(page)
        page.evaluate("scrollTo(0, 0)")  # or the rooms stand in the middle of the picture
        shoot_all(page, "insights")
        page.get_by_role("link", name="12 months").click()
        expect(page.get_by_role("link", name="12 months")).to_have_attribute("aria-current", "true")
        shoot_all(page, "insights-year")
        page.get_by_text("Other days").click()
        page.get_by_label("From").fill("2026-01-01")
        page.get_by_role("button", name="Show").click()

        page.goto(f"{chatbot}/")
        expect(page.get_by_role("heading", name="Worth a look")).to_be_visible()
        check_accessible(page)
        shoot_all(page, "overview")
        watched.check()
    finally:
        context.close()
        server.shutdown()
        server.server_close()
