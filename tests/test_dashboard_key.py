"""An organization's own Gemini key: asked about, kept, and read again by nobody."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zlib import decompress

import pytest
from cast import PASSWORD, Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from gemini_emulator import Emulator
from organizing import *  # noqa: F403 (fixtures)
from organizing import KEY, PAGE, complaints, send, spend, words
from spending import change
from sqlalchemy import select, text, update

from ragwidget import gemini_keys, jobs
from ragwidget.engines.file_search import statuses
from ragwidget.extensions import Base, db
from ragwidget.models import Membership, Organization, User


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
def rehomed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, str | None]]:
    """Who was told that a key changed, and what it was before."""
    told: list[tuple[UUID, str | None]] = []
    monkeypatch.setattr(jobs, "rehome", lambda *what: told.append(what))
    return told


def own_key(app: Flask, whose: Owner) -> str | None:
    with app.app_context():
        sealed = gemini_keys.sealed_key(app, whose.organization_id)
    service = gemini_keys.gemini_with(app, sealed) if sealed else None
    return service.options.key if service else None


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
