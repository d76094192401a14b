"""What an owner sets for the whole organization, and what it says was spent."""

import re
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from uuid import UUID, uuid4
from zlib import decompress

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD, Owner, csrf_of, organizations, owner, sign_in
from flask import Flask
from flask.testing import FlaskClient
from gemini_emulator import Emulator
from playwright.sync_api import Browser, expect
from sqlalchemy import select, text, update
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from ragwidget import budgets, gemini_keys, jobs
from ragwidget.engines.file_search import statuses
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import Base, db
from ragwidget.models import Chatbot, Membership, Organization, User
from ragwidget.pricing import Prices

PAGE = "/dashboard/organization"
KEY = "emulator-key-Tr0ub4dor-and-more"
USAGE = Usage(prompt=1_000_000, completion=100_000)  # $1.125


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.reset()
    app.config["GEMINI_BASE_URL"] = running.url
    return running


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def rehomed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, str | None]]:
    """Who was told that a key changed, and what it was before."""
    told: list[tuple[UUID, str | None]] = []
    monkeypatch.setattr(jobs, "rehome", lambda *what: told.append(what))
    return told


def send(client: FlaskClient, what: str = "", **fields: str) -> TestResponse:
    return client.post(PAGE + what, data={**fields, "csrf_token": csrf_of(client, PAGE)})


def complaints(page: TestResponse) -> list[str]:
    found = re.findall(r'class="field-error"[^>]*>([^<]*)<', page.text)
    return [unescape(words) for words in found]


def words(client: FlaskClient) -> str:
    """Return what the page says, without its markup."""
    page = client.get(PAGE)
    assert page.status_code == 200
    body = page.text.partition('<main id="content"')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def own_key(app: Flask, whose: Owner) -> str | None:
    with app.app_context():
        sealed = gemini_keys.sealed_key(app, whose.organization_id)
    service = gemini_keys.gemini_with(app, sealed) if sealed else None
    return service.options.key if service else None


def spend(app: Flask, whose: Owner, model: str = "gemini-3.8-flash", times: int = 1) -> None:
    with app.app_context():
        for _ in range(times):
            budgets.count(whose.organization_id, whose.chatbot_id, model, USAGE)
        db.session.commit()


def change(app: Flask, table: Any, id: UUID, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(table).where(table.id == id).values(**values))
        db.session.commit()


def test_it_keeps_a_key_that_gemini_accepts(
    app: Flask, client: FlaskClient, alice: Owner, emulator: Emulator, rehomed: list[Any]
) -> None:
    assert "Gemini key Not set" in words(client)

    saved = send(client, "/key", gemini_key=f"  {KEY}\n")

    assert saved.status_code == 303
    said = words(client)
    assert "The key is saved, and Gemini accepts it." in said
    assert "Gemini key Set" in said
    assert "Set just now" in said
    assert own_key(app, alice) == KEY
    assert rehomed == [(alice.organization_id, None)]
    assert [asked["key"] for asked in emulator.requests()] == [KEY]


def test_nobody_ever_reads_it_again(
    app: Flask,
    client: FlaskClient,
    alice: Owner,
    emulator: Emulator,
    rehomed: list[Any],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    emulator.scenario("overloaded", times=1)  # so that something is said about the service, too
    seen = [send(client, "/key", gemini_key=KEY).text]
    seen += [send(client, "/key", gemini_key=KEY + " and more").text]
    emulator.scenario("bad_key", times=1)
    seen += [send(client, "/key", gemini_key=KEY).text]
    seen += [send(client, "/budget", gemini_key=KEY, tokens_per_day="x").text]
    for path in (PAGE, "/account", "/dashboard/", f"/dashboard/chatbots/{alice.chatbot_id}/"):
        answer = client.get(path)
        seen += [answer.text, str(answer.headers)]
    seen.append(session_of(client))
    seen += capfd.readouterr()
    seen += [str(vars(record)) for record in caplog.records]

    with app.app_context():
        for table in Base.metadata.sorted_tables:
            seen += map(str, db.session.execute(select(text("*")).select_from(table)).all())

    assert len(seen) > 50
    for place in seen:
        assert KEY not in place
        assert "Tr0ub4dor" not in place


def session_of(client: FlaskClient) -> str:
    """Return what is in the session's cookie, in clear."""
    cookie = client.get_cookie("ragwidget_session")
    assert cookie
    packed = cookie.value.startswith(".")
    payload = cookie.value.lstrip(".").partition(".")[0]
    raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return (decompress(raw) if packed else raw).decode()


@pytest.mark.parametrize("signed_out", [True, False])
def test_a_form_that_comes_too_late_does_not_repeat_it(
    app: Flask, client: FlaskClient, alice: Owner, signed_out: bool
) -> None:
    token = csrf_of(client, PAGE)
    client.post("/sign-out", data={"csrf_token": token})
    if not signed_out:
        fields = {"email": alice.email, "password": PASSWORD}
        client.post("/sign-in", data={**fields, "csrf_token": csrf_of(client, "/sign-in")})

    page = client.post(
        f"{PAGE}/key",
        data={"gemini_key": KEY, "csrf_token": token},
        headers={"Origin": "http://localhost"},
    )

    assert page.status_code == (401 if signed_out else 400)
    assert KEY not in page.text
    assert own_key(app, alice) is None


def test_it_keeps_no_key_that_gemini_refuses(
    app: Flask, client: FlaskClient, alice: Owner, emulator: Emulator, rehomed: list[Any]
) -> None:
    emulator.scenario("bad_key")

    page = send(client, "/key", gemini_key=KEY)

    assert page.status_code == 422
    assert complaints(page) == [
        "Gemini does not accept this key. Copy it again from Google AI Studio."
    ]
    assert own_key(app, alice) is None
    assert rehomed == []


def test_it_keeps_no_key_that_may_not_do_this(
    app: Flask, client: FlaskClient, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    disabled = statuses.refused(403, "The Gemini API is disabled in project 12.", None)
    monkeypatch.setattr(gemini_keys, "trouble_with", lambda *_: disabled)

    page = send(client, "/key", gemini_key=KEY)

    assert page.status_code == 422
    assert "Check in Google AI Studio that the Gemini API is enabled" in complaints(page)[0]
    assert own_key(app, alice) is None


def test_it_keeps_a_key_unasked_while_gemini_is_out_of_reach(
    app: Flask, client: FlaskClient, alice: Owner, rehomed: list[Any]
) -> None:
    app.config["GEMINI_BASE_URL"] = "http://127.0.0.1:1"

    assert send(client, "/key", gemini_key=KEY).status_code == 303

    assert "saved, but Gemini could not be asked about it. This server can't reach" in words(client)
    assert own_key(app, alice) == KEY
    assert len(rehomed) == 1


@pytest.mark.parametrize("odd", ["", "short", "x" * 201, "with a space in it somewhere", "é" * 30])
def test_it_asks_nobody_about_what_can_not_be_a_key(
    client: FlaskClient, emulator: Emulator, odd: str
) -> None:
    page = send(client, "/key", gemini_key=odd)

    assert page.status_code == 422
    assert len(complaints(page)) == 1
    assert not odd or odd not in page.text
    assert emulator.requests() == []


def test_a_key_is_removed_and_what_was_made_with_it_can_still_be_deleted(
    app: Flask, client: FlaskClient, alice: Owner, emulator: Emulator, rehomed: list[Any]
) -> None:
    send(client, "/key/remove")
    assert rehomed == []
    send(client, "/key", gemini_key=KEY)

    assert send(client, "/key/remove").status_code == 303

    assert "Gemini key Not set" in words(client)
    assert own_key(app, alice) is None
    _, (organization_id, earlier) = rehomed
    assert organization_id == alice.organization_id
    service = gemini_keys.gemini_with(app, earlier)
    assert service
    assert service.options.key == KEY


def test_it_says_whose_key_answers_and_asks_for_a_lost_one_again(
    app: Flask, client: FlaskClient, alice: Owner
) -> None:
    assert "answer with the embedded engine" in words(client)
    app.config["GEMINI_API_KEY"] = "key-of-the-installation"
    assert "use this installation’s key" in words(client)

    change(app, Organization, alice.organization_id, gemini_key="sealed with a lost secret")

    assert "Can’t be read Enter the key again" in words(client)


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_see_what_is_set_and_change_nothing(
    app: Flask, alice: Owner, emulator: Emulator, role: str
) -> None:
    with app.app_context():
        gemini_keys.keep(alice.organization_id, KEY)
        viola = db.session.scalar(select(User.id).filter_by(email="viola@example.org"))
        db.session.execute(update(Membership).where(Membership.user_id == viola).values(role=role))
        db.session.commit()
    spend(app, alice)
    client = sign_in(app, "viola@example.org")

    said = words(client)
    assert "Gemini key Set" in said
    assert "$1.12" in said
    assert "<form" not in client.get(PAGE).text.partition('<main id="content"')[2]
    token = csrf_of(client, "/account/password")
    for path in ("", "/key", "/key/remove", "/budget"):
        fields = {"name": "Viola's", "gemini_key": KEY, "tokens_per_day": "1", "csrf_token": token}
        assert client.post(PAGE + path, data=fields).status_code == 403
    assert own_key(app, alice) == KEY


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
