"""Who is invited joins by a link, and by nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from receiving import taking_mail
from sqlalchemy import select, update
from structlog.testing import capture_logs
from teams import *  # noqa: F403 (fixtures)
from teams import CAROL, TEAM, VIOLA, link_for, link_on, press, roles, sign_up

from ragwidget.extensions import db
from ragwidget.members import invitations
from ragwidget.models import Invitation, now


def test_who_is_new_here_joins_by_the_link(house: Flask, owner: FlaskClient) -> None:
    link = link_for(owner)
    carol = house.test_client()
    assert "Alice&#39;s bicycles" in carol.get(link).text

    assert sign_up(carol, link).status_code == 303

    assert "Alice&#39;s bicycles" in carol.get("/dashboard/").text
    assert roles(house)[CAROL] == "editor"
    assert house.test_client().get(link).status_code == 404  # it is used up
    assert "editor" in sign_in(house, CAROL, "a long enough one").get("/account").text.lower()


def test_who_has_an_account_joins_by_signing_in(house: Flask, owner: FlaskClient) -> None:
    link = link_for(owner, "bob@example.org", "viewer")
    assert "Sign in to join" in house.test_client().get(link).text
    bob = sign_in(house, "bob@example.org")

    assert press(bob, link).status_code == 303

    assert "Alice&#39;s bicycles" in bob.get(TEAM).text  # he acts for it now
    assert roles(house)["bob@example.org"] == "viewer"


def test_a_link_gives_nobody_who_has_an_account_another_password(
    house: Flask, owner: FlaskClient
) -> None:
    link, thief = link_for(owner, "bob@example.org", "viewer"), house.test_client()
    chosen = {"password": "a long enough one", "again": "a long enough one"}

    answer = thief.post(
        f"{link}/account", data={**chosen, "csrf_token": csrf_of(thief, "/sign-in")}
    )

    assert (answer.status_code, answer.location) == (303, link)
    assert "bob@example.org" not in roles(house)
    assert sign_in(house, "bob@example.org").get("/account").status_code == 200


def test_a_link_that_was_handed_over_shows_nobodys_address_to_be_theirs(
    make_house: Callable[..., Flask],
) -> None:
    house = make_house(CONFIRM_EMAIL=True)
    link, carol = link_for(sign_in(house, "alice@example.org")), house.test_client()

    sign_up(carol, link)

    assert carol.get("/dashboard/").status_code == 302


def test_an_invitation_is_good_for_whom_it_is_for_alone(house: Flask, owner: FlaskClient) -> None:
    link = link_for(owner)
    bob = sign_in(house, "bob@example.org")

    assert "is for carol@example.org" in bob.get(link).text
    assert press(bob, link).status_code == 403

    assert "bob@example.org" not in roles(house)


def test_a_link_ends_when_it_is_sent_anew_taken_back_or_old(
    house: Flask, owner: FlaskClient
) -> None:
    first = link_for(owner)
    with house.app_context():
        place = f"{TEAM}/invitations/{db.session.scalars(select(Invitation.id)).one()}"
    stranger = house.test_client()
    assert stranger.get(f"{first}x").status_code == 404

    press(owner, f"{place}/again")
    second = link_on(owner)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200

    with house.app_context():
        db.session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert stranger.get(second).status_code == 404

    press(owner, f"{place}/again")
    third = link_on(owner)
    assert stranger.get(third).status_code == 200
    press(owner, f"{place}/revoke")
    assert stranger.get(third).status_code == 404


def test_two_who_follow_a_link_at_once_are_one_member(app: Flask, alice: Owner) -> None:
    link = link_for(sign_in(app, alice.email), "bob@example.org")
    browsers = [sign_in(app, "bob@example.org") for _ in range(4)]
    tokens = [csrf_of(browser, "/account/password") for browser in browsers]

    with ThreadPoolExecutor(4) as crowd:
        done = list(
            crowd.map(
                lambda pair: pair[0].post(link, data={"csrf_token": pair[1]}).status_code,
                zip(browsers, tokens, strict=True),
            )
        )

    assert sorted(done) == [303, 404, 404, 404]


def test_an_invitation_is_refused_in_words(house: Flask, owner: FlaskClient) -> None:
    link_for(owner)
    for email, status, words in (
        ("nonsense", 422, "name@example.org"),
        (CAROL.upper(), 409, "invited already"),
        (VIOLA, 409, "a member already"),
    ):
        answer = press(owner, f"{TEAM}/invitations", email=email, role="editor")
        assert (answer.status_code, words in answer.text) == (status, True), email
    assert press(owner, f"{TEAM}/invitations", email="d@x.org", role="king").status_code == 422


def test_an_invitation_goes_by_mail_in_plain_words(make_house: Callable[..., Flask]) -> None:
    with taking_mail() as server:
        app = make_house(SMTP_URL=server.url)
        alice = sign_in(app, "alice@example.org")
        press(alice, "/dashboard/organization", name="Win! https://evil.example/x <b>\u202e")
        press(alice, f"{TEAM}/invitations", email=CAROL, role="editor")
        queue = app.extensions["huey"]
        queue.execute(queue.dequeue())
        page = alice.get(TEAM).text

    [mail] = server.received
    [link] = re.findall(r"https?://\S+", mail)
    assert "/invitations/" in link
    assert "Win https evil example x b" in mail
    assert "/invitations/" not in re.sub(r'action="[^"]*"', "", page)  # who invites is not invited
    assert "To: carol@example.org" in mail


def test_nobody_floods_a_mailbox_with_invitations(
    make_house: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAILS_TO_ADDRESS", "2 per hour")
    app = make_house(SMTP_URL="smtp://127.0.0.1:1")
    alice = sign_in(app, "alice@example.org")
    press(alice, f"{TEAM}/invitations", email=CAROL, role="editor")
    with app.app_context():
        again = f"{TEAM}/invitations/{db.session.scalars(select(Invitation.id)).one()}/again"

    assert [press(alice, again).status_code for _ in range(2)] == [303, 429]


def test_no_links_of_invitations_are_in_the_log(house: Flask, owner: FlaskClient) -> None:
    with capture_logs() as logs:
        link = link_for(owner)
        house.test_client().get(link)

    assert link.rpartition("/")[2] not in str(logs)


def test_a_password_that_comes_with_a_stale_form_is_in_no_page(
    house: Flask, owner: FlaskClient
) -> None:
    typed = {"password": "a long enough one", "again": "a long enough one", "csrf_token": "stale"}
    carol, ours = house.test_client(), {"Sec-Fetch-Site": "same-origin"}

    answer = carol.post(f"{link_for(owner)}/account", data=typed, headers=ours)

    assert (answer.status_code, "a long enough one" in answer.text) == (400, False)
    assert "load the page again" in answer.text
