"""What an owner sets for the whole organization, and what it says was spent."""

import re
import threading
from collections.abc import Callable
from html import unescape
from uuid import uuid4

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD, Owner, organizations, owner, sign_in
from flask import Flask
from flask.testing import FlaskClient
from organizing import *  # noqa: F403 (fixtures)
from organizing import KEY, PAGE, USAGE, complaints, send, spend, words
from playwright.sync_api import Browser, expect
from spending import change
from werkzeug.serving import make_server

from ragwidget import budgets, gemini_keys
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Organization
from ragwidget.pricing import Prices


def test_bob_sees_his_own(app: Flask, alice: Owner, bob: Owner) -> None:
    with app.app_context():
        gemini_keys.keep(alice.organization_id, KEY)
    spend(app, alice)

    said = words(sign_in(app, bob.email))

    assert "Not set" in said
    assert "Nothing was spent" in said
    assert "Alice" not in said


def test_it_renames_the_organization(app: Flask, client: FlaskClient) -> None:
    assert send(client, name="Alice & daughters").status_code == 303
    assert complaints(send(client, name="")) == ["Please give it a name."]
    with app.app_context():
        assert "Alice & daughters" in organizations()


def test_a_budget_is_kept_as_it_is_written(app: Flask, client: FlaskClient, alice: Owner) -> None:
    def limits() -> budgets.Limits:
        with app.app_context():
            return budgets.own_limits(alice.organization_id)

    assert send(client, "/budget", tokens_per_day="90000", cost_per_day="2.50").status_code == 303
    assert limits() == budgets.Limits(90_000, 2_500_000)
    page = client.get(PAGE).text
    assert 'value="2.50"' in page
    assert 'value="90000"' in page

    assert send(client, "/budget", tokens_per_day="", cost_per_day="").status_code == 303
    assert limits() == budgets.ANY


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tokens_per_day": "many"}, "Write a whole number."),
        ({"tokens_per_day": "0"}, "A number from 1 up"),
        ({"tokens_per_day": "9" * 30}, "A number from 1 up"),
        ({"cost_per_day": "2,50"}, "Write an amount like 2.50."),
        ({"cost_per_day": "-1"}, "Write an amount like 2.50."),
        ({"cost_per_day": "1e9"}, "Write an amount like 2.50."),
        ({"cost_per_day": "0.00"}, "Write more than nothing."),
    ],
)
def test_an_odd_budget_is_refused_beside_its_field(
    client: FlaskClient, fields: dict[str, str], complaint: str
) -> None:
    page = send(client, "/budget", **fields)

    assert page.status_code == 422
    assert len(complaints(page)) == 1
    assert complaint in complaints(page)[0]
    assert unescape(page.text).count(f'value="{next(iter(fields.values()))}"') == 1


def test_money_can_not_be_a_budget_where_nothing_has_a_price(
    app: Flask, client: FlaskClient
) -> None:
    app.extensions["prices"] = Prices("USD", {})

    assert "No model has a price here" in complaints(send(client, "/budget", cost_per_day="1"))[0]


def test_it_shows_what_a_day_took_of_its_budget(
    app: Flask, client: FlaskClient, alice: Owner
) -> None:
    change(app, Chatbot, alice.chatbot_id, engine="gemini")
    change(app, Organization, alice.organization_id, cost_per_day=2_500_000)
    spend(app, alice)

    said = words(client)
    assert "Today $1.12 of $2.50" in said
    assert "1,100,000 tokens without a limit" in said
    assert "The day ends at midnight UTC, in" in said
    assert "Today’s budget is spent" not in said

    spend(app, alice, times=2)
    assert "Today’s budget is spent" in words(client)
    change(app, Organization, alice.organization_id, cost_per_day=None, tokens_per_day=100)
    assert "too small for a single answer" in words(client)


def test_it_says_which_price_is_not_known(app: Flask, client: FlaskClient, alice: Owner) -> None:
    change(app, Chatbot, alice.chatbot_id, engine="gemini", model="gemini-9-pro")
    spend(app, alice, model="gemini-9-pro")

    said = words(client)

    assert "The price of gemini-9-pro is not known here" in said
    assert "The last 30 days price not known" in said


def test_it_draws_the_days_and_says_the_same_in_a_table(
    app: Flask, client: FlaskClient, alice: Owner
) -> None:
    spend(app, alice)
    with app.app_context():
        budgets.count(alice.organization_id, uuid4(), "gemini-9-pro", USAGE)
        db.session.commit()
    change(app, Chatbot, alice.chatbot_id, name="<b>Bicycles</b>")

    page = client.get(PAGE).text
    said = words(client)

    assert page.count('<rect class="bar ') == 1
    assert len(re.findall(r"<title>[^<]*: Cost \$0\.00, Tokens 0</title>", page)) == 29
    assert len(re.findall(r"<title>[^<]*: Cost \$1\.12, Tokens 2,200,000</title>", page)) == 1
    assert " style=" not in page
    assert "<style" not in page
    assert "<b>Bicycles" not in page
    assert "<b>Bicycles</b> 1 1,100,000 $1.12" in said
    assert "A deleted chatbot 1 1,100,000 price not known" in said
    assert "2 calls to Gemini; the price of 1,100,000 tokens is not known" in said


@pytest.mark.browser
def test_everybody_can_read_it_on_every_screen(
    make_house: Callable[..., Flask], browser: Browser
) -> None:
    app = make_house()
    with app.app_context():
        alice = owner("alice@example.org")
        gemini_keys.keep(alice.organization_id, KEY)
        budgets.set_limits(alice.organization_id, tokens=2_000_000, cost=1_500_000)
    change(app, Chatbot, alice.chatbot_id, engine="gemini", name="A chatbot of many words " * 3)
    spend(app, alice)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.port}"
    context = browser.new_context()
    try:
        watched = watch(context)
        page = watched.page
        page.goto(f"{home}/sign-in?next={PAGE}")
        page.get_by_label("E-mail").fill(alice.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

        page.get_by_text("Day by day").click()
        check_accessible(page)
        shoot_all(page, "organization")
        page.get_by_role("button", name="Remove the key").click()
        page.get_by_role("button", name="Keep").click()
        page.get_by_label("Money a day").fill("much")
        page.get_by_role("button", name="Save budget").click()
        complaint = page.get_by_text("Write an amount like 2.50.")
        expect(complaint).to_be_visible()
        check_accessible(page)
        watched.expect_problem("422")
        watched.check()
    finally:
        context.close()
        server.shutdown()
        server.server_close()
