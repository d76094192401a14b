"""A team comes together and apart: roles, invitations, and several organizations of one person."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from belongings import belongings
from browsing import check_accessible, shoot, shoot_all, watch
from cast import PASSWORD, Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import MetaData, select, text, update
from structlog.testing import capture_logs
from test_migrating import INDEXES, move_in
from test_sign_in import mail_server
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from ragwidget import jobs, members
from ragwidget.extensions import db
from ragwidget.members import invitations
from ragwidget.models import (
    AuditEntry,
    Chatbot,
    Deletion,
    Invitation,
    Membership,
    Organization,
    User,
    now,
)

TEAM = "/dashboard/organization/team"
CAROL = "carol@example.org"
VIOLA = "viola@example.org"


@pytest.fixture
def owner(house: Flask) -> FlaskClient:
    """The browser of Alice, who owns the bicycle shop."""
    return sign_in(house, "alice@example.org")


def press(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form of the dashboard."""
    token = csrf_of(client, "/account/password")
    return client.post(path, data={**fields, "csrf_token": token})


def link_for(client: FlaskClient, email: str = CAROL, role: str = "editor") -> str:
    """Invite somebody, and return the link that an owner hands over without a mail server."""
    answer = press(client, f"{TEAM}/invitations", email=email, role=role)
    assert answer.status_code == 303, answer.text
    return link_on(client)


def link_on(client: FlaskClient) -> str:
    found = re.search(r"http://localhost(/invitations/[^<\s]+)", client.get(TEAM).text)
    assert found
    return found[1]


def sign_up(client: FlaskClient, link: str, password: str = "a long enough one") -> TestResponse:
    token = csrf_of(client, link)
    fields = {"password": password, "again": password, "csrf_token": token}
    return client.post(f"{link}/account", data=fields)


def roles(app: Flask) -> dict[str, str]:
    """Return who has which role at Alice's."""
    with app.app_context():
        owned = select(Membership.organization_id).join(User, User.id == Membership.user_id)
        hers = owned.where(User.email == "viola@example.org").scalar_subquery()
        rows = db.session.execute(
            select(User.email, Membership.role)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == hers)
        )
        return dict(rows.all())


def id_of(app: Flask, email: str) -> UUID:
    with app.app_context():
        return db.session.scalars(select(User.id).filter_by(email=email)).one()


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


def test_an_invitation_is_good_for_whom_it_is_for_alone(house: Flask, owner: FlaskClient) -> None:
    link = link_for(owner)
    bob = sign_in(house, "bob@example.org")

    assert "is for carol@example.org" in bob.get(link).text
    assert press(bob, link).status_code == 403

    assert "bob@example.org" not in roles(house)


def test_a_password_that_comes_with_a_stale_form_is_in_no_page(
    house: Flask, owner: FlaskClient
) -> None:
    typed = {"password": "a long enough one", "again": "a long enough one", "csrf_token": "stale"}
    carol, ours = house.test_client(), {"Sec-Fetch-Site": "same-origin"}

    answer = carol.post(f"{link_for(owner)}/account", data=typed, headers=ours)

    assert (answer.status_code, "a long enough one" in answer.text) == (400, False)
    assert "load the page again" in answer.text


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
    with mail_server() as (port, received):
        app = make_house(SMTP_URL=f"smtp://127.0.0.1:{port}")
        alice = sign_in(app, "alice@example.org")
        press(alice, "/dashboard/organization", name="Win! https://evil.example/x <b>\u202e")
        press(alice, f"{TEAM}/invitations", email=CAROL, role="editor")
        queue = app.extensions["huey"]
        queue.execute(queue.dequeue())
        page = alice.get(TEAM).text

    [mail] = received
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


def test_two_owners_who_step_down_at_once_leave_one(app: Flask, alice: Owner) -> None:
    with app.app_context():
        db.session.execute(
            update(Membership).filter_by(organization_id=alice.organization_id).values(role="owner")
        )
        db.session.commit()
    browsers = [sign_in(app, email) for email in (alice.email, VIOLA)]
    tokens = [csrf_of(browser, "/account/password") for browser in browsers]

    with ThreadPoolExecutor(2) as crowd:
        list(
            crowd.map(
                lambda pair: pair[0].post(f"{TEAM}/leave", data={"csrf_token": pair[1]}),
                zip(browsers, tokens, strict=True),
            )
        )

    with app.app_context():
        left = select(Membership.role).filter_by(organization_id=alice.organization_id)
        assert db.session.scalars(left).all() == ["owner"]


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


@pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
def test_a_code_is_good_once(make_house: Callable[..., Flask]) -> None:
    app = make_house(TWO_FACTOR=True)
    with app.app_context():
        codes = app.extensions["security"].totp_factory
        secret = codes.generate_totp_secret()
        db.session.execute(
            update(User)
            .filter_by(email="alice@example.org")
            .values(tf_primary_method="authenticator", tf_totp_secret=secret)
        )
        db.session.commit()
        code = codes.generate_totp_password(secret)
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


def test_an_organization_is_deleted_with_everything_in_it(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    with app.app_context():
        tables = MetaData()
        tables.reflect(db.engine, only=lambda name, _: not name.startswith(INDEXES))
        move_in(tables)  # two organizations, with a row in every table each
        known = (alice.organization_id, bob.organization_id)
        gone, stays = db.session.scalars(
            select(Organization.id).where(Organization.id.not_in(known)).order_by(Organization.id)
        )
        name = db.session.get_one(Organization, gone).name
        db.session.get_one(Organization, gone).second_factor = False
        for ending in (Organization, Chatbot):
            db.session.execute(update(ending).values(ending_at=None))
        chatbot_id = db.session.scalars(select(Chatbot.id).filter_by(organization_id=gone)).first()
        db.session.add(Membership(organization_id=gone, user_id=bob.user_id, role="owner"))
        db.session.commit()
    rows = belongings(app, gone)
    beside = [belongings(app, one) for one in (stays, alice.organization_id)]
    nobodys = {table for table, found in rows.items() if not found}
    assert nobodys == {"deletions", "vocabulary"} & rows.keys()
    client = sign_in(app, bob.email)
    press(client, f"/dashboard/organizations/{gone}/switch")

    press(client, "/dashboard/organization/delete", name="something else")
    assert belongings(app, gone)["organizations"]
    assert press(client, "/dashboard/organization/delete", name=name).status_code == 303

    assert str(gone) not in client.get("/dashboard/organizations").text
    assert client.get(f"/api/v1/chatbots/{chatbot_id}").status_code == 404
    with app.app_context():
        assert members.ending.go_on(gone, app.extensions["originals"])
        assert db.session.get(Chatbot, chatbot_id), "whoever did the first lot was killed then"
        assert members.ending.due() == [gone]
        jobs.end_organization(str(gone))

    left = {table for table, found in belongings(app, gone).items() if found}
    assert left == set()
    assert [belongings(app, one) for one in (stays, alice.organization_id)] == beside
    with app.app_context():
        errands = set(db.session.scalars(select(Deletion.kind).filter_by(organization_id=gone)))
        assert {"store", "original"} <= errands
        for index, table in (("passages_fts", "passages"), ("transcripts_fts", "transcripts")):
            orphans = text(
                f"SELECT count(*) FROM {index} WHERE rowid NOT IN (SELECT id FROM {table})"
            )
            assert db.session.scalar(orphans) == 0
    assert "Bob&#39;s bakery" in client.get("/dashboard/").text


def test_an_account_is_deleted_by_whom_it_belongs_to(house: Flask, owner: FlaskClient) -> None:
    viola = sign_in(house, VIOLA)
    press(viola, "/account/delete", email="alice@example.org")
    assert viola.get("/dashboard/").status_code == 200
    press(owner, "/account/delete", email="alice@example.org")
    assert "You are the only owner of Alice&#39;s bicycles" in owner.get("/account").text

    assert press(viola, "/account/delete", email=VIOLA).location == "/sign-in"

    assert viola.get("/dashboard/").status_code == 302
    with house.app_context():
        assert db.session.scalar(select(User).filter_by(email=VIOLA)) is None
        last = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
        entry = db.session.scalars(last).one()
    assert (entry.who, entry.action) == (VIOLA, "member.left")


def test_who_belongs_to_none_still_has_an_account(house: Flask, owner: FlaskClient) -> None:
    press(owner, "/dashboard/organization/delete", name="Alice's bicycles")
    page = owner.get("/account")

    assert page.status_code == 200
    assert "None at the moment" in page.text
    assert press(owner, "/account/delete", email="alice@example.org").location == "/sign-in"


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
