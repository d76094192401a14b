"""The operator changes SECRET_KEY: who signs in afterwards, and what can still be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import argon2.low_level
import pytest
from cast import PASSWORD, csrf_of, owner, sign_in
from databases import SECRET, SQLite
from flask import Flask
from sqlalchemy import select, update

from ragwidget import gemini_keys, identities, members, outbox
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Deletion, User

NEWER = "the newer secret of this installation"
KEY = "AIza-the-key-of-alices-organization"
ALICE, BOB = "alice@example.org", "bob@example.org"

House = Callable[..., Flask]


@pytest.fixture
def house(sqlite: SQLite, make_app: Callable[..., Flask]) -> House:
    """Start the same installation again, with other settings."""
    address = sqlite.copy()
    return lambda **settings: make_app(address, **settings)


def comes_in(app: Flask, email: str, password: str = PASSWORD) -> bool:
    client = app.test_client()
    fields = {"email": email, "password": password, "csrf_token": csrf_of(client, "/sign-in")}
    return client.post("/sign-in", data=fields).status_code == 302


def test_members_keep_their_passwords_once_they_signed_in_under_the_new_key(house: House) -> None:
    both = house(SECRET_KEY=NEWER, OLD_SECRET_KEYS=(SECRET,))
    assert not comes_in(both, ALICE, "a wrong password")
    assert comes_in(both, ALICE)
    assert comes_in(both, ALICE)

    alone = house(SECRET_KEY=NEWER)

    assert comes_in(alone, ALICE)
    assert not comes_in(alone, BOB)  # who was away, and has recovery by mail


def test_members_stay_signed_in_while_the_old_key_is_known(house: House) -> None:
    before = sign_in(house(), ALICE)
    cookie = before.get_cookie("ragwidget_session")
    assert cookie
    for settings, status in (({"OLD_SECRET_KEYS": (SECRET,)}, 200), ({}, 302)):
        client = house(SECRET_KEY=NEWER, **settings).test_client()
        client.set_cookie("ragwidget_session", cookie.value)

        assert client.get("/dashboard/").status_code == status


def test_what_was_sealed_comes_under_the_new_key(house: House) -> None:
    before = house(TWO_FACTOR=True)
    with before.app_context():
        alice = owner(ALICE)
        gemini_keys.keep(alice.organization_id, KEY)
        identities.make_key(db.session.get_one(Chatbot, alice.chatbot_id))
        outbox.put(
            db.session,
            "store",
            "fileSearchStores/old",
            alice.organization_id,
            gemini_keys.sealed_key(before, alice.organization_id),
        )
        outbox.put(db.session, "store", "fileSearchStores/ours", uuid4())
        codes = before.extensions["security"].totp_factory
        secret = codes.generate_totp_secret()
        db.session.execute(update(User).filter_by(email=ALICE).values(tf_totp_secret=secret))
        recovery = before.extensions["security"].mf_recovery_codes_util
        code, *_ = recovery.create_recovery_codes(members.find(ALICE))
        assert code not in members.find(ALICE).mf_recovery_codes
        since = gemini_keys.standing(before, alice.organization_id).since
        db.session.commit()
        now_shown = codes.generate_totp_password(secret)

    both = house(SECRET_KEY=NEWER, OLD_SECRET_KEYS=(SECRET,), TWO_FACTOR=True)
    with both.app_context():
        assert gemini_keys.reseal() == identities.reseal() == (1, 0)
        assert members.reseal_codes() == 1
        assert members.reseal_codes() == 0

    alone = house(SECRET_KEY=NEWER, TWO_FACTOR=True)
    with alone.app_context():
        service = gemini_keys.gemini_for(alone, alice.organization_id)
        assert service
        assert service.options.key == KEY
        assert gemini_keys.standing(alone, alice.organization_id).since == since
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        assert identities.key_of(chatbot, "jwt")
        sealed = db.session.scalar(select(Deletion.sealed_key).where(Deletion.sealed_key != ""))
        kept = gemini_keys.gemini_with(alone, sealed)
        assert kept
        assert kept.options.key == KEY
        user = db.session.scalar(select(User).filter_by(email=ALICE))
        codes = alone.extensions["security"].totp_factory
        assert codes.verify_totp(now_shown, user.tf_totp_secret, user, window=60)
        recovery = alone.extensions["security"].mf_recovery_codes_util
        assert recovery.check_recovery_code(user, code)


def test_resealing_without_the_old_key_loses_nothing_and_says_so(house: House) -> None:
    before = house()
    with before.app_context():
        alice = owner(ALICE)
        gemini_keys.keep(alice.organization_id, KEY)
        identities.make_key(db.session.get_one(Chatbot, alice.chatbot_id))
    with house(SECRET_KEY=NEWER).app_context():
        assert gemini_keys.reseal() == identities.reseal() == (0, 1)

    again = house(SECRET_KEY=NEWER, OLD_SECRET_KEYS=(SECRET,))
    service = gemini_keys.gemini_for(again, alice.organization_id)
    assert service
    assert service.options.key == KEY


def test_an_unknown_address_costs_as_many_hashes_as_a_wrong_password(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = house(SECRET_KEY=NEWER, OLD_SECRET_KEYS=("one secret before", SECRET))
    hashed: list[str] = []
    for name in ("hash_secret", "verify_secret"):
        count(monkeypatch, name, hashed)
    spent = []
    for email in (ALICE, "nobody@example.org"):
        hashed.clear()
        assert not comes_in(app, email, "a wrong password")
        spent.append(len(hashed))

    assert spent == [3, 3]


@pytest.mark.parametrize("page", ["/forgotten-password", "/sign-up"])
def test_a_mail_that_nobody_gets_costs_as_many_hashes_as_one_that_somebody_does(
    house: House, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app = house(SECRET_KEY=SECRET, CONFIRM_EMAIL=True)
    typed = {"password": PASSWORD, "password_confirm": PASSWORD, "organization": "Nobody's"}
    hashed: list[str] = []
    count(monkeypatch, "hash_secret", hashed)
    spent = []
    for email in (ALICE, "nobody@example.org"):
        hashed.clear()
        client = app.test_client()
        token = csrf_of(client, page)
        client.post(page, data={**typed, "email": email, "csrf_token": token})
        spent.append(len(hashed))

    assert spent[0] == spent[1] > 0


def count(monkeypatch: pytest.MonkeyPatch, name: str, into: list[str]) -> None:
    """Let a way to hash leave a trace of its own each time."""
    way = getattr(argon2.low_level, name)

    def counted(*args: Any, **options: Any) -> Any:
        into.append(name)
        return way(*args, **options)

    monkeypatch.setattr(argon2.low_level, name, counted)
