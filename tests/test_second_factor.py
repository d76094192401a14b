"""A second factor: whom an owner asks for one, and how often a code is good."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from cast import PASSWORD, csrf_of, sign_in
from databases import PostgreSQL
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select, update
from teams import TEAM, VIOLA, press

from ragwidget import members
from ragwidget.extensions import db
from ragwidget.models import AuditEntry, User

SETUP = "/account/two-factor"


def code_of_alices(app: Flask) -> str:
    """Give Alice a code generator, and return the code that it shows."""
    with app.app_context():
        codes = app.extensions["security"].totp_factory
        secret = codes.generate_totp_secret()
        db.session.execute(
            update(User)
            .filter_by(email="alice@example.org")
            .values(tf_primary_method="authenticator", tf_totp_secret=secret)
        )
        db.session.commit()
        return codes.generate_totp_password(secret)


def begin(client: FlaskClient) -> str:
    """Begin to set up a code generator; return the page that shows what to scan."""
    data = {"setup": "authenticator", "csrf_token": csrf_of(client, SETUP)}
    return client.post(SETUP, data=data).text


def key_on(page: str) -> str | None:
    found = re.search(r'class="secret">([^<]+)<', page)
    return found and found[1]


def type_code(client: FlaskClient, page: str, code: str) -> str:
    """Type a code into the page that asks for it; return the page that it leads to."""
    path = re.search(r'action="([^"]+)" method="post" name="two_factor_verify', page)
    assert path
    data = {"code": code, "csrf_token": csrf_of(client, "/account/password")}
    return client.post(path[1], data=data, follow_redirects=True).text


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_who_mistypes_the_first_code_types_the_next_one(make_house: Callable[..., Flask]) -> None:
    app = make_house(TWO_FACTOR=True)
    client = sign_in(app, "alice@example.org")
    begun = begin(client)
    key = key_on(begun)
    assert key

    page = type_code(client, begun, "000000")
    assert "Type the one that is shown now" in page
    assert key_on(page) == key
    page = type_code(client, page, "000000")
    done = type_code(client, page, TOTP(key=key).generate().token)

    assert "From now on signing in asks for a code" in done
    assert key_on(client.get(SETUP).text) is None
    with app.app_context():
        wanted = select(User.tf_primary_method).filter_by(email="alice@example.org")
        assert db.session.scalar(wanted) == "authenticator"


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_what_was_begun_is_gone_with_who_began_it(make_house: Callable[..., Flask]) -> None:
    app = make_house(TWO_FACTOR=True)
    client = sign_in(app, "alice@example.org")
    begun = begin(client)
    mistyped = type_code(client, begun, "000000")
    assert key_on(begin(client)) != key_on(mistyped)
    assert key_on(client.get(SETUP).text) is None

    type_code(client, begun, "000000")
    assert key_on(client.get(SETUP).text) == key_on(begun)
    app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"] = timedelta(seconds=-1)
    assert key_on(client.get(SETUP).text) is None
    app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"] = timedelta(minutes=30)
    with client.session_transaction() as kept:
        signed_out = dict(kept)
    viola = sign_in(app, VIOLA)
    with viola.session_transaction() as hers:
        hers.update(signed_out | dict(hers))
    assert key_on(viola.get(SETUP).text) is None


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_codes_are_not_guessed_from_many_addresses_whoever_is_named_beside_them(
    make_house: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragwidget.web.guessing.TRIES_AT_ACCOUNT", "3 per hour")
    app = make_house(TWO_FACTOR=True)
    code_of_alices(app)
    thief = app.test_client()  # who knows her password
    fields = {"email": "alice@example.org", "password": PASSWORD}
    thief.post("/sign-in", data={**fields, "csrf_token": csrf_of(thief, "/sign-in")})

    seen = [
        thief.post(
            "/tf-validate",
            data={"code": f"{number:06}", "email": f"somebody{number}@example.org"},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        ).status_code
        for number in range(5)
    ]

    assert seen[3:] == [429, 429]
    assert 429 not in seen[:3]


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_a_code_is_good_once(make_house: Callable[..., Flask]) -> None:
    app = make_house(TWO_FACTOR=True)
    code = code_of_alices(app)
    inside = []
    for _ in range(2):
        client = app.test_client()
        token = csrf_of(client, "/sign-in")
        fields = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": token}
        page = client.post("/sign-in", data=fields, follow_redirects=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token
        client.post("/tf-validate", data={"code": code, "csrf_token": token[1]}).close()
        inside.append(client.get("/dashboard/").status_code == 200)

    assert inside == [True, False]
    with app.app_context():
        noted = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert noted == ["sign_in.begun", "sign_in.code_failed"]


@pytest.mark.postgresql
@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_a_recovery_code_is_good_once(
    postgresql: PostgreSQL, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two bring the same at once, and two others each one of their own."""
    app = make_app(postgresql.copy(), TWO_FACTOR=True)
    code_of_alices(app)
    recovery = app.extensions["security"].mf_recovery_codes_util
    with app.app_context():
        codes = recovery.create_recovery_codes(members.find("alice@example.org"))
        db.session.commit()
    both = threading.Barrier(2)
    use_up = recovery.delete_recovery_code

    def together(user: User, code: str) -> bool:
        with suppress(threading.BrokenBarrierError):  # where one of them waits for the other
            both.wait(0.5)
        return bool(use_up(user, code))

    monkeypatch.setattr(recovery, "delete_recovery_code", together)

    def bring(code: str) -> bool:
        client = app.test_client()
        fields = {"email": "alice@example.org", "password": PASSWORD}
        client.post("/sign-in", data={**fields, "csrf_token": csrf_of(client, "/sign-in")})
        token = csrf_of(client, "/mf-recovery")
        client.post("/mf-recovery", data={"code": code, "csrf_token": token})
        return client.get("/dashboard/").status_code == 200

    with ThreadPoolExecutor(2) as doors:
        assert sorted(doors.map(bring, [codes[0]] * 2)) == [False, True]
        both.reset()
        assert list(doors.map(bring, codes[1:3])) == [True, True]
    with app.app_context():
        assert recovery.get_recovery_codes(members.find("alice@example.org")) == codes[3:]
    postgresql.forget()


def test_an_owner_asks_all_members_for_a_second_factor(make_house: Callable[..., Flask]) -> None:
    app = make_house(TWO_FACTOR=True)
    alice, viola = sign_in(app, "alice@example.org"), sign_in(app, VIOLA)
    press(alice, f"{TEAM}/second-factor", asked="yes")
    assert "Set one up for your own account first" in alice.get(TEAM).text
    with app.app_context():
        hers = update(User).filter_by(email="alice@example.org")
        db.session.execute(hers.values(tf_primary_method="authenticator"))
        db.session.commit()

    press(alice, f"{TEAM}/second-factor", asked="yes")

    assert "Second factor" in alice.get(TEAM).text
    led = viola.get("/dashboard/", follow_redirects=True)
    assert "asks its members for a second factor" in led.text
    assert led.request.path == "/account"
    assert viola.get("/dashboard/organizations").status_code == 200
    assert viola.get(TEAM).status_code == 303
    press(alice, f"{TEAM}/second-factor", asked="no")
    assert viola.get("/dashboard/").status_code == 200
    assert f'action="{TEAM}/leave"' not in viola.get("/account").text

    press(alice, f"{TEAM}/second-factor", asked="yes")
    assert f'action="{TEAM}/leave"' in viola.get("/account").text
    assert press(viola, f"{TEAM}/leave").status_code == 303
    assert "You have left" in viola.get("/dashboard/organizations").text
