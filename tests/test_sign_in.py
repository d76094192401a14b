"""Members sign up, in and out, and get back in when they forgot their password."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from cast import PASSWORD, csrf_of, organizations, sign_in
from flask import Flask
from flask.testing import FlaskClient
from receiving import taking_mail
from sqlalchemy import update
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import User
from ragwidget.web import guessing


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Fill in the form on a page and send it."""
    return client.post(path, data={**fields, "csrf_token": csrf_of(client, path)})


def sign_up(client: FlaskClient, email: str = "carol@example.org") -> TestResponse:
    return send(
        client,
        "/sign-up",
        email=email,
        password="a long enough one",
        password_confirm="a long enough one",
        organization="Carol's coffee",
    )


def inside(client: FlaskClient) -> bool:
    return client.get("/dashboard/").status_code == 200


def test_signing_up_makes_an_organization_and_opens_the_dashboard(app: Flask) -> None:
    client = app.test_client()

    assert sign_up(client).status_code == 302

    if not inside(client):
        send(client, "/sign-in", email="carol@example.org", password="a long enough one")
    assert inside(client)
    assert "Carol&#39;s coffee" in client.get("/account").text
    with app.app_context():
        assert organizations() == ["Alice's bicycles", "Bob's bakery", "Carol's coffee"]


def test_signing_up_needs_a_name_for_the_organization(app: Flask) -> None:
    client = app.test_client()

    page = send(client, "/sign-up", email="carol@example.org", password="a long enough one")

    assert "name your organization" in page.text
    with app.app_context():
        assert len(organizations()) == 2


def test_signing_up_with_a_known_address_tells_nothing_and_makes_nothing(app: Flask) -> None:
    new, known = app.test_client(), app.test_client()

    fresh, taken = sign_up(new), sign_up(known, "alice@example.org")

    assert (taken.status_code, taken.location) == (fresh.status_code, fresh.location)
    assert not inside(known)
    with app.app_context():
        assert organizations() == ["Alice's bicycles", "Bob's bakery", "Carol's coffee"]


def test_where_strangers_may_not_sign_up_there_is_no_such_page(
    make_house: Callable[..., Flask],
) -> None:
    client = make_house(SIGN_UP=False).test_client()

    assert client.get("/sign-up").status_code == 404
    assert "/sign-up" not in client.get("/sign-in").text


def test_signing_in_and_out(app: Flask) -> None:
    client = sign_in(app, "alice@example.org")
    assert inside(client)

    client.post("/sign-out", data={"csrf_token": csrf_of(client, "/account/password")})

    assert not inside(client)
    assert "/sign-in" in client.get("/dashboard/").location


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.org", "wrong password"), ("nobody@example.org", PASSWORD), ("", "")],
)
def test_a_wrong_password_and_an_unknown_address_are_refused_alike(
    app: Flask, email: str, password: str
) -> None:
    client = app.test_client()

    page = send(client, "/sign-in", email=email, password=password)

    assert page.status_code == 200
    assert not inside(client)
    assert "nobody" not in page.text.replace('value="nobody@example.org"', "")


def test_a_form_without_its_token_signs_nobody_in(app: Flask) -> None:
    client = app.test_client()

    answer = client.post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD})

    assert answer.status_code == 400
    assert not inside(client)


def test_a_session_cookie_is_kept_from_scripts_and_other_sites(
    make_house: Callable[..., Flask],
) -> None:
    client = make_house(PUBLIC_URL="https://chat.example").test_client()

    cookie = client.get("/sign-in", base_url="https://chat.example").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie


def test_too_many_tries_are_slowed_down(make_house: Callable[..., Flask]) -> None:
    client = make_house(SIGN_IN_ATTEMPTS="3 per minute").test_client()

    statuses = [
        send(client, "/sign-in", email="alice@example.org", password="a guess").status_code
        for _ in range(4)
    ]
    right = send(client, "/sign-in", email="alice@example.org", password=PASSWORD)

    assert statuses == [200, 200, 200, 429]
    assert right.status_code == 429
    assert not inside(client)


def test_who_is_a_member_can_not_be_asked_by_the_thousand_from_one_network(
    make_house: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without mails, whoever signs up and gets in knows that the address was free."""
    monkeypatch.setattr(guessing, "SIGN_UPS_OF_NETWORK", "2 per hour")
    house = make_house()

    def ask(address: str, email: str) -> int:
        client = house.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return sign_up(client, email).status_code

    asked = ("192.0.2.1", "alice@example.org"), ("192.0.2.2", "bob@example.org")
    assert [ask(*one) for one in asked] == [302, 302]
    assert ask("192.0.2.3", "carol@example.org") == 429
    assert ask("198.51.100.1", "carol@example.org") == 302
    with house.app_context():
        assert organizations() == ["Alice's bicycles", "Bob's bakery", "Carol's coffee"]


def test_where_addresses_are_confirmed_signing_up_tells_nobody_who_is_a_member(
    make_house: Callable[..., Flask],
) -> None:
    house = make_house(CONFIRM_EMAIL=True)
    new, known = house.test_client(), house.test_client()
    with capture_logs() as logs:
        fresh, taken = sign_up(new), sign_up(known, "alice@example.org")
    mails = {entry["to"]: entry["body"] for entry in logs if entry["event"] == "mail"}

    assert (taken.status_code, taken.location) == (fresh.status_code, fresh.location)
    pages = [client.get(fresh.location).text for client in (new, known)]
    assert scrubbed(pages[0]) == scrubbed(pages[1])
    tries = [
        send(client, "/sign-in", email=email, password="a long enough one").text
        for client, email in ((new, "carol@example.org"), (known, "alice@example.org"))
    ]
    assert scrubbed(tries[0]) == scrubbed(tries[1])
    assert [inside(new), inside(known)] == [False, False]
    assert "/confirm/" in mails["carol@example.org"]
    assert "already" in mails["alice@example.org"]


def test_who_signed_up_before_addresses_were_confirmed_gets_in_by_a_link(
    make_house: Callable[..., Flask],
) -> None:
    house = make_house(CONFIRM_EMAIL=True)
    with house.app_context():
        db.session.execute(update(User).values(confirmed_at=None))
        db.session.commit()
    alice = house.test_client()
    page = send(alice, "/sign-in", email="alice@example.org", password=PASSWORD).text
    assert "the address is not confirmed yet" in unescape(page)
    [again] = re.findall(r'href="([^"]+)">Get the link again', page)

    with capture_logs() as logs:
        send(alice, again, email="alice@example.org")
    link = next(re.search(r"http://\S+", e["body"])[0] for e in logs if e["event"] == "mail")
    alice.get(link.removeprefix("http://localhost"))

    assert inside(sign_in(house, "alice@example.org"))


def test_a_forgotten_password_is_mailed_to_the_log_and_never_shown(app: Flask) -> None:
    client = app.test_client()

    with capture_logs() as logs:
        known = send(client, "/forgotten-password", email="alice@example.org")
        unknown = send(client, "/forgotten-password", email="nobody@example.org")

    (mail,) = [entry for entry in logs if entry["event"] == "mail"]
    link = re.search(r"http://\S+", mail["body"])[0]
    assert mail["to"] == "alice@example.org"
    assert link not in known.text
    assert known.status_code == unknown.status_code == 200
    assert scrubbed(known.text) == scrubbed(unknown.text)

    path = link.removeprefix("http://localhost")
    changed = send(
        client, path, password="an even longer one", password_confirm="an even longer one"
    )

    assert changed.status_code == 302
    assert inside(sign_in(app, "alice@example.org", "an even longer one"))
    old = app.test_client()
    send(old, "/sign-in", email="alice@example.org", password=PASSWORD)
    assert not inside(old)


def test_a_link_works_once_and_shuts_whoever_was_inside_out(app: Flask) -> None:
    client, thief = app.test_client(), sign_in(app, "alice@example.org")
    with capture_logs() as logs:
        send(client, "/forgotten-password", email="alice@example.org")
    link = next(re.search(r"http://\S+", e["body"])[0] for e in logs if e["event"] == "mail")
    path = link.removeprefix("http://localhost")
    send(client, path, password="an even longer one", password_confirm="an even longer one")

    assert app.test_client().get(path).status_code == 302
    assert not inside(thief)


def test_mail_goes_to_the_mail_server_where_there_is_one(make_house: Callable[..., Flask]) -> None:
    with taking_mail() as server:
        app = make_house(SMTP_URL=server.url, MAIL_SENDER="RagWidget <hello@chat.example>")
        with capture_logs() as logs:
            send(app.test_client(), "/forgotten-password", email="alice@example.org")
            assert server.received == []  # no page waits for a mail server
            queue = app.extensions["huey"]
            queue.execute(queue.dequeue())

    (mail,) = server.received
    assert "To: alice@example.org" in mail
    assert "From: RagWidget <hello@chat.example>" in mail
    assert "/forgotten-password/" in mail
    assert not [entry for entry in logs if "/forgotten-password/" in str(entry.get("body"))]


def test_a_mail_server_that_is_away_breaks_no_page(make_house: Callable[..., Flask]) -> None:
    client = make_house(SMTP_URL="smtp://127.0.0.1:1").test_client()

    assert send(client, "/forgotten-password", email="alice@example.org").status_code == 200


def scrubbed(page: str) -> str:
    """Take out of a page what differs each time, and the address that was typed in."""
    return re.sub(r'value="[^"]*"|\w+@example.org', "", page)
