"""All conversations that match are changed at once: watched from the list, and through a crash."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD, Owner, Visitor, owner, sign_in, victor_at
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server
from wrecking import kill_in_the_middle

from ragwidget import conversations, jobs
from ragwidget.conversations import Filters, bulk
from ragwidget.conversations.triage import Change
from ragwidget.extensions import db
from ragwidget.models import BulkChange, Chatbot, Conversation

WORKER = """
import sys, time
from ragwidget import jobs
from ragwidget.app import create_app
from ragwidget.conversations import bulk, triage
apply, lots = triage.apply, []
def slow(*arguments):
    changed = apply(*arguments)
    lots.append(changed)
    if len(lots) == 2:
        print("in the middle", flush=True)
        time.sleep(60)
    return changed
bulk.LOT, triage.apply = 2, slow
app = create_app(SECRET_KEY="x" * 32, INSTANCE=sys.argv[1], DATABASE_URL=sys.argv[2])
with app.app_context():
    jobs.change_conversations(sys.argv[3])
"""


def begun(visitor: Visitor, count: int) -> None:
    """Begin some conversations."""
    for number in range(count):
        visitor.token = None
        visitor.ask(f"Bicycle {number}?")


def ask_for(whose: Owner, name: str) -> UUID:
    """Ask for a change of all that there is; nobody does it yet."""
    chatbot = db.session.get_one(Chatbot, whose.chatbot_id)
    asked = bulk.begin(chatbot, Filters(), Change(name)).id
    db.session.commit()
    return asked


def archived() -> int | None:
    return db.session.scalar(select(func.count()).where(Conversation.team_archived_at.is_not(None)))


def test_a_change_that_a_crash_cut_short_goes_on_where_it_was(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    """`kill -9` in the middle of the second lot."""
    begun(victor, 5)
    with app.app_context():
        asked = ask_for(alice, "archive")
    told = (app.config["INSTANCE"], app.config["DATABASE_URL"], str(asked))
    kill_in_the_middle(WORKER, *told)
    with app.app_context():
        assert (archived(), db.session.get_one(BulkChange, asked).done) == (2, 2)
        db.session.commit()
        ends = time.monotonic() + 30
        while bulk.due() and time.monotonic() < ends:  # the dead one's locks fall with it
            jobs.work_off()

        assert (archived(), db.session.get_one(BulkChange, asked).done) == (5, 5)


def test_a_bystander_is_told_nothing_of_others_changes(
    app: Flask, alice: Owner, bob: Owner, victor: Visitor
) -> None:
    begun(victor, 1)
    with app.app_context():
        ask_for(alice, "archive")
    path = f"/dashboard/chatbots/{bob.chatbot_id}/conversations/changes"

    answer = sign_in(app, "bob@example.org").get(path)

    assert answer.get_json() == {"said": "", "over": True}


@pytest.mark.browser
def test_an_owner_sees_how_far_it_is_without_loading_the_page_again(
    make_house: Callable[..., Flask], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "LOT", 2)
    house = make_house()
    begun(victor_at(house), 3)
    server = make_server("127.0.0.1", 0, house, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    watched = watch(context)
    page = watched.page
    with house.app_context():
        alice = owner("alice@example.org")
        asked = ask_for(alice, "archive")
        path = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
        page.goto(f"http://127.0.0.1:{server.server_port}/sign-in?next={path}")
        page.locator("[name=email]").fill("alice@example.org")
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        line = page.locator("[data-changes]")
        expect(line).to_contain_text("Conversations are being archived: 0 conversations so far.")
        expect(line.get_by_role("link")).to_be_hidden()
        assert bulk.go_on(asked)
        expect(line).to_contain_text("2 conversations so far.")
        shoot_all(page, "conversations-changing")
        check_accessible(page)
        assert not bulk.go_on(asked)
    expect(line).to_contain_text("3 conversations archived.")
    line.get_by_role("link", name="Show the list as it is now").click()
    expect(page.get_by_role("heading", name="No conversations yet")).to_be_visible()
    context.close()
    server.shutdown()
    thread.join()
    watched.check()


def test_others_write_between_two_lots(
    app: Flask, alice: Owner, victor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks a question meanwhile waits for one lot, and not for all of them."""
    monkeypatch.setattr(bulk, "LOT", 1)
    begun(victor, 2)
    heard = []

    def rest(seconds: float) -> None:
        assert seconds
        assert not db.session().in_transaction()
        heard.append(len(conversations.listing(alice.chatbot_id).rows))
        db.session.commit()

    monkeypatch.setattr(jobs.changing, "time", SimpleNamespace(sleep=rest))
    with app.app_context():
        jobs.change_conversations(str(ask_for(alice, "archive")))

    assert heard == [1]
