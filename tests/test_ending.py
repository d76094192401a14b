"""An organization or a chatbot that is being deleted: out of sight, and through a crash."""

from __future__ import annotations

from typing import Any

import pytest
from belongings import belongings, belongings_of_chatbot
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from programs import Program, refused
from sqlalchemy import MetaData, delete, func, select, update
from test_migrating import INDEXES, move_in
from wrecking import kill_in_the_middle

from ragwidget import api_keys, chatbots, jobs, limits
from ragwidget.extensions import db
from ragwidget.members import ending
from ragwidget.models import Chatbot, Conversation, Deletion, Membership, Organization, Passage

WORKER = """
import sys, time
from ragwidget import jobs, library
from ragwidget.app import create_app

app = create_app(SECRET_KEY="another", INSTANCE=sys.argv[1], DATABASE_URL=sys.argv[2])
unshelve_some = library.unshelve_some

def hang(*args):
    unshelve_some(*args)
    print("in the middle", flush=True)
    time.sleep(60)

library.unshelve_some = hang
with app.app_context():
    getattr(jobs, sys.argv[3])(sys.argv[4])
"""


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_deletion_that_a_crash_cut_short_goes_on_where_it_was(
    app: Flask, alice: Owner, bob: Owner, victor: Visitor
) -> None:
    """`kill -9` after a lot of conversations, in the middle of the passages."""
    victor.ask("When does the shop open?")
    beside = belongings(app, bob.organization_id)
    client = sign_in(app, alice.email)
    token = csrf_of(client, "/dashboard/organization")
    typed = {"name": "Alice's bicycles", "csrf_token": token}
    assert client.post("/dashboard/organization/delete", data=typed).status_code == 303

    assert "You belong to no organization" in client.get("/dashboard/organizations").text
    assert victor.get(f"/conversations/{victor.conversation_id}/messages").status_code == 404
    told = (app.config["INSTANCE"], app.config["DATABASE_URL"], "end_organization")
    kill_in_the_middle(WORKER, *told, str(alice.organization_id))

    with app.app_context():
        assert left(alice, Conversation) == 0
        assert left(alice, Passage) > 0
        db.session.commit()
        assert ending.due() == [alice.organization_id]
        app.extensions["huey"].flush()
        jobs.sweep()
        assert "end_organization" in {job.name for job in app.extensions["huey"].pending()}
        jobs.work_off()
        assert ending.due() == []
    assert not any(belongings(app, alice.organization_id).values())
    assert belongings(app, bob.organization_id) == beside


@pytest.mark.postgresql
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_chatbot_is_deleted_with_everything_it_had_and_nothing_else(
    app: Flask, bob: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kill -9` between its conversations and the rest."""
    with app.app_context():
        tables = MetaData()
        tables.reflect(db.engine, only=lambda name, _: not name.startswith(INDEXES))
        move_in(tables)  # two organizations, with a row in every table each
        db.session.execute(update(Organization).values(ending_at=None, second_factor=False))
        db.session.execute(update(Chatbot).values(ending_at=None))
        chatbot = db.session.scalars(select(Chatbot).order_by(Chatbot.id.desc()).limit(1)).one()
        gone, name, hers = chatbot.id, chatbot.name, chatbot.organization_id
        db.session.add(Membership(organization_id=hers, user_id=bob.user_id, role="owner"))
        db.session.commit()
    rows = belongings_of_chatbot(app, gone)
    tied = {
        key.parent.table.name
        for table in tables.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "chatbots"
    }
    assert all(rows[table] for table in tied & rows.keys())
    before = belongings(app, hers)
    client = sign_in(app, bob.email)
    beside = belongings(app, bob.organization_id)
    switch = {"csrf_token": csrf_of(client, "/dashboard/organizations")}
    client.post(f"/dashboard/organizations/{hers}/switch", data=switch)
    page = f"/dashboard/chatbots/{gone}/settings/chatbot"
    typed = {"name": name, "csrf_token": csrf_of(client, page)}
    assert client.post(f"{page}/delete", data=typed).status_code == 303
    monkeypatch.setattr(chatbots.ending, "REMOVED_AT_ONCE", 0)  # as if one were many
    assert f"{name} is being deleted: 1 conversation to go" in client.get("/dashboard/").text

    told = (app.config["INSTANCE"], app.config["DATABASE_URL"], "end_chatbot")
    kill_in_the_middle(WORKER, *told, str(gone))
    with app.app_context():
        assert db.session.get(Chatbot, gone), "whoever was at it is dead"
        assert chatbots.ending.due() == [gone]
        jobs.end_chatbot(str(gone))
        assert not chatbots.ending.due()
        errands = set(db.session.scalars(select(Deletion.kind).filter_by(organization_id=hers)))

    assert not any(belongings_of_chatbot(app, gone).values())
    left = belongings(app, hers)
    for table in rows.keys() - {"deletions", "audit_entries", "daily_budgets", "daily_usage"}:
        assert left[table] == [row for row in before[table] if row not in rows[table]], table
    assert {"store", "original"} <= errands
    assert belongings(app, bob.organization_id) == beside


def test_nobody_who_came_in_at_the_last_moment_sees_what_is_being_deleted(house: Flask) -> None:
    """An invitation was accepted and a key was made while the doors were taken out."""
    program, client = Program(house), sign_in(house, "alice@example.org")
    hers = program.owner.organization_id
    with house.app_context():
        ending.delete_organization(hers)
        late = Membership(organization_id=hers, user_id=program.owner.user_id, role="owner")
        db.session.add(late)
        _, program.key = api_keys.make(hers, "Late", ["chatbots:write"])

    assert refused(program.get(program.chatbot)) == (401, "key_invalid")
    assert "You belong to no organization" in client.get("/dashboard/organizations").text
    shown = client.get(f"/dashboard{program.chatbot}/sources")
    assert (shown.status_code, shown.location) == (303, "/dashboard/organizations")


def left(alice: Owner, table: type[Conversation] | type[Passage]) -> int:
    """Return how many rows of a table are still hers."""
    hers = select(func.count()).select_from(table)
    return db.session.scalar(hers.filter_by(organization_id=alice.organization_id)) or 0


@pytest.mark.postgresql
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_what_is_deleted_while_somebody_asks_is_not_found(
    app: Flask, alice: Owner, victor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_FAULTS"] = False
    count, meanwhile = limits.spend_question, [delete(Chatbot), delete(Conversation)]

    def late(*args: Any, **told: Any) -> None:
        with db.engine.begin() as elsewhere:
            elsewhere.execute(meanwhile.pop())
        count(*args, **told)

    message_id = victor.ask("When does the shop open?").message_id
    monkeypatch.setattr(limits, "spend_question", late)

    assert victor.post(f"/messages/{message_id}/retry").status_code == 404
    assert victor.send("And when does it close?").status_code == 404
    assert not meanwhile
