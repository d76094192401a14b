"""A team comes together and apart: roles, and several organizations of one person."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from uuid import UUID

import pytest
from browsing import check_accessible, shoot, shoot_all, watch
from cast import PASSWORD, Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update
from teams import *  # noqa: F403 (fixtures)
from teams import CAROL, TEAM, VIOLA, id_of, link_for, press, roles, sign_up
from werkzeug.serving import make_server

from ragwidget.extensions import db
from ragwidget.members import roles as role_changes
from ragwidget.models import AuditEntry, Membership


def test_an_owner_changes_roles_and_they_count_at_once(house: Flask, owner: FlaskClient) -> None:
    viola = sign_in(house, VIOLA)
    member = f"{TEAM}/{id_of(house, VIOLA)}"
    assert viola.get("/dashboard/chatbots/new").status_code == 403

    press(owner, f"{member}/role", role="editor")
    assert viola.get("/dashboard/chatbots/new").status_code == 200
    assert press(owner, f"{member}/role", role="king").status_code == 422

    press(owner, f"{member}/remove")
    assert viola.get("/dashboard/chatbots/new").location.endswith("/dashboard/organizations")
    assert roles_noted(house) == ["member.role_changed", "member.removed"]
    assert press(owner, f"{member}/remove").status_code == 404


def roles_noted(app: Flask) -> list[str]:
    with app.app_context():
        done = select(AuditEntry.action).where(AuditEntry.action.not_like("sign_in.%"))
        return list(db.session.scalars(done.order_by(AuditEntry.id)))


def test_there_is_always_an_owner(house: Flask, owner: FlaskClient) -> None:
    mine = f"{TEAM}/{id_of(house, 'alice@example.org')}"

    for path, fields in ((f"{mine}/role", {"role": "viewer"}), (f"{mine}/remove", {})):
        press(owner, path, **fields)
    press(owner, f"{TEAM}/leave")
    assert "An organization needs an owner" in owner.get(TEAM).text
    assert roles(house)["alice@example.org"] == "owner"

    press(owner, f"{TEAM}/{id_of(house, VIOLA)}/transfer")
    assert roles(house) == {"alice@example.org": "editor", VIOLA: "owner"}
    press(owner, f"{TEAM}/leave")
    assert roles(house) == {VIOLA: "owner"}


def test_two_owners_who_step_down_at_once_leave_one(
    app: Flask, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, both = role_changes._refuse_last, Barrier(2, timeout=0.5)

    def look_together(organization_id: UUID) -> None:
        look(organization_id)
        wait_for(both)  # the other one has to wait for us, and looks later

    monkeypatch.setattr(role_changes, "_refuse_last", look_together)

    assert press_at_once(app, alice, f"{TEAM}/leave") == [303, 303]
    with app.app_context():
        left = select(Membership.role).filter_by(organization_id=alice.organization_id)
        assert db.session.scalars(left).all() == ["owner"]


@pytest.mark.postgresql
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_two_owners_who_delete_their_accounts_at_once_leave_one(
    app: Flask, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = role_changes.owned_alone
    both, later = Barrier(2, timeout=0.5), Barrier(2, timeout=0.5)

    def look_together(user_id: UUID) -> list[str]:
        wait_for(both)
        alone = look(user_id)
        wait_for(later)
        return alone

    monkeypatch.setattr(role_changes, "owned_alone", look_together)

    assert press_at_once(app, alice, "/account/delete") == [303, 303]
    with app.app_context():
        left = select(Membership.role).filter_by(organization_id=alice.organization_id)
        assert db.session.scalars(left).all() == ["owner"]


def wait_for(both: Barrier) -> None:
    db.session.flush()  # what was noted holds its organization, too
    with suppress(BrokenBarrierError):
        both.wait()


def press_at_once(app: Flask, alice: Owner, path: str) -> list[int]:
    """Have two owners press a button at the same moment; return what they are told."""
    with app.app_context():
        db.session.execute(
            update(Membership).filter_by(organization_id=alice.organization_id).values(role="owner")
        )
        db.session.commit()
    emails = (alice.email, VIOLA)
    browsers = [sign_in(app, email) for email in emails]
    tokens = [csrf_of(browser, "/account/password") for browser in browsers]

    def button(browser: FlaskClient, token: str, email: str) -> int:
        return browser.post(path, data={"csrf_token": token, "email": email}).status_code

    with ThreadPoolExecutor(2) as crowd:
        return sorted(crowd.map(button, browsers, tokens, emails))


def test_a_person_switches_between_organizations(app: Flask, alice: Owner, bob: Owner) -> None:
    client = sign_in(app, bob.email)
    press(client, link_for(sign_in(app, alice.email), bob.email))
    hers, his = (f"/dashboard/chatbots/{who.chatbot_id}/" for who in (alice, bob))
    assert client.get(hers).status_code == 200

    elsewhere = client.get(his)
    assert elsewhere.status_code == 404
    assert "Switch to Bob&#39;s bakery" in elsewhere.text
    switch = f"/dashboard/organizations/{bob.organization_id}/switch"
    assert press(client, switch, next=his).location == his

    assert client.get(his).status_code == 200
    assert "marzipan" not in client.get(hers).text.lower()
    refused = client.get(hers, headers={"Accept": "application/json"})
    assert refused.json["error"]["code"] == "other_organization"
    other_device = sign_in(app, bob.email)
    assert other_device.get(his).status_code == 200
    assert press(client, switch, next="https://evil.example").location == "/dashboard/"
    assert press(client, switch, next="//evil.example/dashboard/").location == "/dashboard/"


def test_who_belongs_to_none_makes_one(house: Flask, owner: FlaskClient) -> None:
    viola = sign_in(house, VIOLA)
    press(viola, f"{TEAM}/leave")
    page = viola.get("/dashboard/", follow_redirects=True)
    assert "You belong to no organization" in page.text

    made = press(viola, "/dashboard/organizations", name="Viola's violins")

    assert made.location == "/dashboard/"
    assert "Viola&#39;s violins" in viola.get("/dashboard/").text
    assert "Owner" in viola.get("/dashboard/organizations").text


def test_where_strangers_may_not_sign_up_members_make_no_organizations(
    make_house: Callable[..., Flask],
) -> None:
    app = make_house(SIGN_UP=False)
    alice = sign_in(app, "alice@example.org")

    assert press(alice, "/dashboard/organizations", name="More").status_code == 403
    link = link_for(alice)
    assert sign_up(app.test_client(), link).status_code == 303  # whom she invites may come


@pytest.mark.browser
def test_a_team_comes_together_on_every_screen(
    make_house: Callable[..., Flask], browser: Browser
) -> None:
    app = make_house(TWO_FACTOR=True)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.port}"
    context, other = browser.new_context(), browser.new_context()
    try:
        watched = watch(context)
        page = watched.page
        page.goto(f"{home}/sign-in?next={TEAM}")
        page.get_by_label("E-mail").fill("alice@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("E-mail").fill(CAROL)
        page.get_by_role("button", name="Invite", exact=True).click()
        link = page.get_by_label(f"The link for {CAROL}")
        expect(link).to_be_visible()
        check_accessible(page)
        shoot_all(page, "team")
        address = link.input_value()
        page.get_by_role("button", name=f"Change {VIOLA}").click()
        expect(page.get_by_role("dialog", name=VIOLA)).to_be_visible()
        shoot(page, "team-change")
        check_accessible(page)
        page.get_by_role("dialog", name=VIOLA).get_by_label("Role").select_option("editor")
        page.get_by_role("button", name="Save role").click()
        expect(page.get_by_text("viola@example.org is an editor now.")).to_be_visible()

        carol = watch(other)
        carol.page.goto(address)
        check_accessible(carol.page)
        shoot_all(carol.page, "joining")
        carol.page.get_by_label("Password", exact=True).fill("a long enough one")
        carol.page.get_by_label("Password again").fill("a long enough one")
        carol.page.get_by_role("button", name="Make an account and join").click()
        expect(carol.page.get_by_text("You belong to Alice's bicycles now")).to_be_visible()
        carol.check()

        page.get_by_role("link", name="Audit log").click()
        expect(page.get_by_text("joined the organization")).to_be_visible()
        check_accessible(page)
        shoot_all(page, "audit-log")
        page.get_by_role("button", name="Organization: Alice").click()
        expect(page.get_by_role("dialog", name="Your organizations")).to_be_visible()
        shoot(page, "switcher")
        page.get_by_role("link", name="All your organizations").click()
        page.get_by_text("Make another organization").click()
        check_accessible(page)
        shoot_all(page, "organizations")
        page.get_by_label("Name").fill("Alice's second shop")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("you are its owner")).to_be_visible()
        page.goto(f"{home}/account")
        check_accessible(page)
        shoot_all(page, "account")
        watched.check()
    finally:
        context.close()
        other.close()
        server.shutdown()
        server.server_close()
