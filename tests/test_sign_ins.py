"""Where members are signed in: what a copied cookie opens, and how it is shut."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cast import PASSWORD, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from ragwidget.extensions import db
from ragwidget.members import sign_ins
from ragwidget.models import SignIn, User, now

NEW_PASSWORD = "another horse battery"
REMEMBERED = "ragwidget_member"
SESSION = "ragwidget_session"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """Enough on SQLite: the walls are tried on both databases, by members who signed in."""
    return make_house()


def copy_of(client: FlaskClient, *names: str) -> FlaskClient:
    """Return another browser into which somebody has put these cookies."""
    thief = client.application.test_client()
    for name in names or (SESSION,):
        cookie = client.get_cookie(name)
        assert cookie
        thief.set_cookie(name, cookie.value)
    return thief


def inside(client: FlaskClient) -> bool:
    return client.get("/dashboard/").status_code == 200


def press(client: FlaskClient, path: str, **fields: str) -> int:
    token = csrf_of(client, "/account/password")
    return client.post(path, data={**fields, "csrf_token": token}).status_code


def remembered(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    fields = {"email": email, "password": PASSWORD, "remember": "y"}
    client.post("/sign-in", data={**fields, "csrf_token": csrf_of(client, "/sign-in")})
    assert inside(client)
    return client


def test_signing_out_ends_every_copy_of_the_session(app: Flask) -> None:
    alice = sign_in(app, "alice@example.org")
    thief = copy_of(alice)
    assert inside(thief)

    press(alice, "/sign-out")

    assert not inside(thief)
    assert not inside(alice)


def test_signing_out_ends_every_copy_of_the_cookie_that_remembers(app: Flask) -> None:
    alice = remembered(app, "alice@example.org")
    thief = copy_of(alice, REMEMBERED)
    assert inside(thief)

    press(alice, "/sign-out")

    assert not inside(thief)
    assert not inside(copy_of(thief, SESSION))


def test_signing_out_here_leaves_the_other_devices_alone(app: Flask) -> None:
    desk, phone = sign_in(app, "alice@example.org"), sign_in(app, "alice@example.org")

    press(desk, "/sign-out")

    assert inside(phone)


def test_a_member_sees_where_they_are_signed_in_and_ends_it(app: Flask) -> None:
    desk, bob = sign_in(app, "alice@example.org"), sign_in(app, "bob@example.org")
    phone = app.test_client()
    fields = {"email": "alice@example.org", "password": PASSWORD}
    phone.post(
        "/sign-in",
        data={**fields, "csrf_token": csrf_of(phone, "/sign-in")},
        headers={"User-Agent": PHONE},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )
    page = desk.get("/account").text
    assert "Safari on iPhone" in page
    assert "203.0.113.0/24" in page
    assert "203.0.113.77" not in page
    [ended] = set(re.findall(r"/account/sign-ins/[0-9a-f-]{36}/end", page))

    assert press(bob, ended) == 404
    assert inside(phone)  # it is none of Bob's
    assert press(desk, ended) == 303

    assert not inside(phone)
    assert inside(desk)
    assert inside(bob)


def test_a_member_signs_out_everywhere_else(app: Flask) -> None:
    desk, phone = sign_in(app, "alice@example.org"), remembered(app, "alice@example.org")
    bob = sign_in(app, "bob@example.org")

    assert press(desk, "/account/sign-ins/end-others") == 303

    assert inside(desk)
    assert not inside(phone)
    assert inside(bob)


def test_a_new_password_ends_all_other_sign_ins(app: Flask) -> None:
    desk, phone = sign_in(app, "alice@example.org"), remembered(app, "alice@example.org")
    thief = copy_of(desk)

    press(
        desk,
        "/account/password",
        password=PASSWORD,
        new_password=NEW_PASSWORD,
        new_password_confirm=NEW_PASSWORD,
    )

    assert inside(desk)
    assert not inside(phone)
    assert not inside(thief)
    assert "Sign out everywhere else" not in desk.get("/account").text


def test_a_sign_in_ends_by_itself(app: Flask) -> None:
    alice = remembered(app, "alice@example.org")
    with app.app_context():
        db.session.execute(update(SignIn).values(created_at=now() - timedelta(days=31)))
        db.session.commit()

    assert not inside(alice)


def test_it_keeps_a_bounded_number_of_sign_ins(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "MOST", 3)
    clients = [sign_in(app, "alice@example.org") for _ in range(4)]

    assert [inside(client) for client in clients] == [False, True, True, True]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 3


def test_what_was_planted_before_signing_in_opens_nothing_after(app: Flask) -> None:
    mallory = app.test_client()
    known = csrf_of(mallory, "/sign-in")
    planted = mallory.get_cookie(SESSION)
    assert planted
    alice = copy_of(mallory)
    fields = {"email": "alice@example.org", "password": PASSWORD}
    alice.post("/sign-in", data={**fields, "csrf_token": known})
    assert inside(alice)

    assert not inside(mallory)
    assert alice.get_cookie(SESSION).value != planted.value
    forged = alice.post("/dashboard/organization", data={"name": "Mallory's", "csrf_token": known})
    assert forged.status_code == 400


def test_a_session_that_names_no_sign_in_opens_nothing(app: Flask) -> None:
    client = sign_in(app, "alice@example.org")
    with app.app_context():
        alice = db.session.scalar(select(User.fs_uniquifier).filter_by(email="alice@example.org"))
    with client.session_transaction() as session:
        sign_in_id, _, _ = session["_user_id"].partition(".")
    for named in ("", ".", alice, f".{alice}", f"{'0' * 32}.{alice}", f"{sign_in_id}.nobody"):
        with client.session_transaction() as session:
            session["_user_id"] = named

        assert not inside(client), named


def test_the_cookies_belong_to_this_host_alone(make_house: Callable[..., Flask]) -> None:
    here = "https://chat.example"
    client = make_house(PUBLIC_URL=here).test_client()
    page = client.get("/sign-in", base_url=here).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answer = client.post(
        "/sign-in",
        base_url=here,
        data={
            "email": "alice@example.org",
            "password": PASSWORD,
            "remember": "y",
            "csrf_token": token[1],
        },
        headers={"Referer": f"{here}/sign-in"},
    )

    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-ragwidget_session",
        "__Host-ragwidget_member",
        "__Host-ragwidget_known",
    }
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "SameSite=" in cookie
        assert "Domain" not in cookie
