"""An organization that is being deleted: out of sight, and through a crash."""

from __future__ import annotations

from belongings import belongings
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from sqlalchemy import func, select
from wrecking import kill_in_the_middle

from ragwidget import jobs
from ragwidget.extensions import db
from ragwidget.members import ending
from ragwidget.models import Conversation, Passage

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
    jobs.end_organization(sys.argv[3])
"""


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
    told = (app.config["INSTANCE"], app.config["DATABASE_URL"], str(alice.organization_id))
    kill_in_the_middle(WORKER, *told)

    with app.app_context():
        assert left(alice, Conversation) == 0
        assert left(alice, Passage) > 0
        db.session.commit()
        assert ending.due() == [alice.organization_id]
        jobs.work_off()
        assert ending.due() == []
    assert not any(belongings(app, alice.organization_id).values())
    assert belongings(app, bob.organization_id) == beside


def left(alice: Owner, table: type[Conversation] | type[Passage]) -> int:
    """Return how many rows of a table are still hers."""
    hers = select(func.count()).select_from(table)
    return db.session.scalar(hers.filter_by(organization_id=alice.organization_id)) or 0
