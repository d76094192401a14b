"""Owners make keys for their programs, see them once, and revoke them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD, Owner, csrf_of, owner, sign_in
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from programs import Program
from sqlalchemy import select, update
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import ApiKey, now

PAGE = "/dashboard/organization/api-keys"
ASKED = {"name": "Deployment", "sources": "write", "insights": "read"}


@pytest.fixture
def client(house: Flask) -> FlaskClient:
    return sign_in(house, "alice@example.org")


def send(client: FlaskClient, what: str = "", **fields: str) -> TestResponse:
    return client.post(PAGE + what, data={**fields, "csrf_token": csrf_of(client, PAGE)})


def make(client: FlaskClient, **fields: str) -> str:
    """Make a key on the page, and return it as it is shown."""
    page = send(client, **(ASKED | fields))
    assert page.status_code == 200, page.text
    match = re.search(r'<textarea id="new-key"[^>]*>([^<]*)</textarea>', page.text)
    assert match, page.text
    return unescape(match[1])


def call(house: Flask, key: str | None, path: str = "/key") -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return house.test_client(use_cookies=False).get(f"/api/v1/owner{path}", headers=headers)


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def rows(house: Flask) -> list[ApiKey]:
    with house.app_context():
        return list(db.session.scalars(select(ApiKey)))


def alice_in(house: Flask) -> Owner:
    with house.app_context():
        return owner("alice@example.org")


def test_it_shows_a_key_once_and_keeps_only_its_digest(house: Flask, client: FlaskClient) -> None:
    assert "No keys yet" in client.get(PAGE).text
    key = make(client)

    page = client.get(PAGE).text
    assert key not in page
    assert f"{key[:9]}…" in page
    [row] = rows(house)
    assert key[9:] not in repr(vars(row))
    assert (row.scopes, row.chatbot_id) == (["insights:read", "sources:write"], None)
    assert len(row.digest) == 64


def test_a_key_opens_what_it_is_for(house: Flask, client: FlaskClient) -> None:
    alice = alice_in(house)
    key = make(client, chatbot=str(alice.chatbot_id))

    told = call(house, key).get_json()["key"]

    assert told["name"] == "Deployment"
    assert told["scopes"] == ["insights:read", "sources:write"]
    assert told["organization_id"] == str(alice.organization_id)
    assert told["chatbot_id"] == str(alice.chatbot_id)
    assert "used <time" in client.get(PAGE).text


def test_a_revoked_key_opens_nothing(house: Flask, client: FlaskClient) -> None:
    key = make(client)
    [row] = rows(house)
    send(sign_in(house, "bob@example.org"), f"/{row.id}/revoke")
    assert call(house, key).status_code == 200

    assert send(client, f"/{row.id}/revoke").status_code == 303

    assert code_of(call(house, key)) == (401, "key_invalid")
    assert "No keys yet" in client.get(PAGE).text


def test_an_expired_key_opens_nothing(house: Flask, client: FlaskClient) -> None:
    key = make(client, lifetime="30")
    [row] = rows(house)
    assert row.expires_at
    assert timedelta(days=29) < row.expires_at - now() < timedelta(days=31)
    with house.app_context():
        db.session.execute(update(ApiKey).values(expires_at=now()))
        db.session.commit()

    assert code_of(call(house, key)) == (401, "key_expired")
    assert "Expired" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "key_missing"),
        ("Basic cnc6cnc=", "key_missing"),
        ("Bearer ", "key_missing"),
        ("Bearer rw_not-one-of-ours", "key_invalid"),
        ("Bearer rw_\x00\x7f", "key_invalid"),
        ("Bearer " + "é" * 5000, "key_invalid"),
    ],
)
def test_what_is_no_key_opens_nothing(house: Flask, header: str, code: str) -> None:
    answer = house.test_client().get(
        "/api/v1/owner/key", headers={"Authorization": header} if header else {}
    )

    assert code_of(answer) == (401, code)


def test_neither_a_sign_in_nor_a_page_elsewhere_opens_it(house: Flask, client: FlaskClient) -> None:
    assert code_of(client.get("/api/v1/owner/key")) == (401, "key_missing")

    asked = house.test_client().options(
        "/api/v1/owner/key",
        headers={
            "Origin": "https://alice.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "Authorization",
        },
    )
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]


def test_a_key_has_a_limit_of_its_own(make_house: Callable[..., Flask]) -> None:
    house = make_house(API_CALLS_PER_MINUTE=2)
    program, other = Program(house), Program(house)

    answers = [program.get("/key") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert code_of(answers[2]) == (429, "too_many_requests")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert other.get("/key").status_code == 200


def test_who_tries_many_keys_is_held_up(house: Flask) -> None:
    tried = [call(house, f"rw_guess-{n}").status_code for n in range(62)]

    assert (tried[:60], tried[60:]) == ([401] * 60, [429] * 2)


def test_it_makes_no_odd_key(house: Flask, client: FlaskClient) -> None:
    for fields, words in (
        ({"name": " "}, "Please give it a name."),
        ({"sources": "", "insights": ""}, "Choose at least one thing"),
        ({"insights": "write"}, "Choose one of these."),
        ({"lifetime": "-1"}, "Choose one of these."),
    ):
        page = send(client, **(ASKED | fields))
        assert page.status_code == 422, fields
        assert words in page.text

    assert rows(house) == []


def test_alice_makes_no_key_for_a_chatbot_of_bobs(house: Flask, client: FlaskClient) -> None:
    with house.app_context():
        bob = owner("bob@example.org")

    assert send(client, **ASKED, chatbot=str(bob.chatbot_id)).status_code == 422
    assert rows(house) == []


@pytest.mark.browser
def test_an_owner_makes_a_key_copies_it_and_revokes_it(house: Flask, browser: Browser) -> None:
    server = make_server("127.0.0.1", 0, house, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    watched = watch(context)
    watched.expect_problem(r"status of 422")
    page = watched.page
    page.goto(home + PAGE)
    page.get_by_label("E-mail").fill("alice@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()
    check_accessible(page)
    shoot_all(page, "api-keys-none")

    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text("Please give it a name.")).to_be_visible()
    check_accessible(page)
    shoot_all(page, "api-keys-refused")
    page.get_by_label("Name").fill("Deployment of the website")
    page.get_by_label("Expires").select_option("In 90 days")
    page.get_by_label("Sources").select_option("Read and change")
    page.get_by_label("Conversations and messages").select_option("Read")
    page.get_by_role("button", name="Make a key").click()

    field = page.get_by_role("textbox", name="The new key")
    key = field.input_value()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    check_accessible(page)
    shoot_all(page, "api-keys-new")

    assert call(house, key).status_code == 200
    page.goto(home + PAGE)
    expect(page.get_by_text(key)).to_have_count(0)
    shoot_all(page, "api-keys")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert call(house, key).status_code == 401
    context.close()
    server.shutdown()
    watched.check()
