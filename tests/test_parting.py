"""An organization or an account is deleted, with everything in it and nothing beside it."""

from __future__ import annotations

from belongings import belongings
from cast import Owner, sign_in
from filling import INDEXES, move_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select, text, update
from teams import *  # noqa: F403 (fixtures)
from teams import VIOLA, press

from ragwidget import jobs, members
from ragwidget.extensions import db
from ragwidget.models import (
    AuditEntry,
    Chatbot,
    Deletion,
    Membership,
    Organization,
    User,
)


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
