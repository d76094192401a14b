"""Inbox, notices and webhooks in a real browser, at the width of a phone and of a desk."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from browsing import Watched, check_accessible, shoot_all, watch
from cast import PASSWORD, Visitor, owner, victor_at
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from receiving import receiving
from scripted import ScriptedEngine
from werkzeug.serving import make_server

from ragwidget import inbox
from ragwidget.engines.protocol import Finish

pytestmark = pytest.mark.browser


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """An app in which visitors found no answer, and left messages."""
    app = make_house(PRIVATE_HOSTS=("127.0.0.1",), SMTP_URL="smtp://127.0.0.1:1")
    engine: ScriptedEngine = app.extensions["engine"]
    refused = ("That is not in what I have read.", Finish("refused", "scripted-1"))
    engine.will_say("The shop opens at nine. On Saturday it opens at **ten**.")
    engine.will_say(*refused)
    engine.will_say(*refused)
    victor = victor_at(app)
    victor.ask("When do you open?")
    victor.ask("Can you repair a cargo bike that was in an accident?")
    leave(
        victor,
        "Victor Marsh",
        "Hello, my cargo bike was hit by a car and the frame is bent. The insurance wants an "
        "estimate by Friday.\n\nCan I bring it on Thursday morning?",
    )
    app.extensions["victor"] = victor
    zoe = victor_at(app, address="203.0.114.9")
    zoe.ask("Do you buy used bikes?")
    leave(zoe, "Zoë", "I have a folding bike from 2019, hardly used.")
    return app


def leave(visitor: Visitor, name: str, message: str) -> None:
    body = {"name": name, "email": "victor@example.org", "message": message}
    visitor.post(f"/conversations/{visitor.conversation_id}/contact", json=body)


@pytest.fixture
def home(house: Flask) -> Iterator[str]:
    """The address at which it is served."""
    server = make_server("127.0.0.1", 0, house, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def alice(home: str, browser: Browser) -> Iterator[Watched]:
    """Alice, at home with a phone in her hand."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    watched = watch(context)
    watched.page.goto(f"{home}/sign-in?next=/dashboard/inbox")
    watched.page.get_by_label("E-mail", exact=False).first.fill("alice@example.org")
    watched.page.get_by_label("Password", exact=True).fill(PASSWORD)
    watched.page.get_by_role("button", name="Sign in").click()
    yield watched
    context.close()
    watched.check()


@pytest.fixture
def victor(house: Flask, home: str, browser: Browser) -> Iterator[Page]:
    """The chat as it stands open at Victor's, who waits."""
    known = house.extensions["victor"]
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    page.add_init_script(
        f"localStorage.setItem('rag-widget:{known.chatbot_id}', "
        f"'{json.dumps({'token': known.token, 'conversation': known.conversation_id})}')"
    )
    page.goto(f"{home}/c/{known.chatbot_id}")
    expect(page.get_by_text("Can you repair a cargo bike")).to_be_visible()
    yield page
    context.close()


def seen(page: Page, name: str) -> None:
    """Look at a page as people do, and as axe does."""
    shoot_all(page, name)
    check_accessible(page)


def test_alice_answers_on_her_phone_and_tells_a_program_at_her_desk(
    house: Flask, home: str, alice: Watched, victor: Page
) -> None:
    page = alice.page
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_role("navigation", name="You")).to_contain_text("2 to do")
    seen(page, "inbox")

    page.get_by_role("link", name="Victor Marsh").click()
    expect(page.get_by_text("the frame is bent")).to_be_visible()
    seen(page, "inbox-request")
    page.get_by_role("textbox", name="Your answer").fill("Yes, come at nine: we keep a stand free.")
    page.get_by_role("textbox", name="You answer as").fill("Anna")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The visitor reads it in the chat.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Anna from the team")).to_be_visible()
    expect(page.get_by_text("Yours", exact=True)).to_be_visible()
    expect(victor.get_by_role("article", name="Anna from the team")).to_have_count(0)
    victor.clock.fast_forward(70_000)
    read = victor.get_by_role("article", name="Anna from the team")
    expect(read).to_contain_text("we keep a stand free")
    seen(page, "inbox-answered")
    page.get_by_role("link", name="Whole conversation").click()
    expect(page.get_by_role("textbox", name="You answer as")).to_have_value("Anna")
    left = page.get_by_role("region", name="Message for a human")
    expect(left.get_by_text("Yours", exact=True)).to_be_visible()
    seen(page, "transcript-answered")
    left.get_by_role("link", name="In the inbox").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Done. It stands")).to_be_visible()
    expect(page.get_by_role("link", name="Victor Marsh")).to_have_count(0)
    page.get_by_role("link", name="Done", exact=True).click()
    expect(page.get_by_role("link", name="Victor Marsh")).to_be_visible()
    page.get_by_role("link", name="Taken", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    seen(page, "inbox-empty")

    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"{home}/account/notices")
    page.get_by_label("Weekly", exact=False).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Weekly", exact=False)).to_be_checked()
    seen(page, "notices")

    page.goto(f"{home}/dashboard/organization/webhooks")
    seen(page, "webhooks-empty")
    with receiving() as receiver:
        receiver.statuses.extend([200, 500])
        page.get_by_role("link", name="Add webhook").click()
        page.get_by_label("Address").fill("http://example.org/hook")
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_text("only addresses that begin with https://")).to_be_visible()
        alice.expect_problem("422")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_text("it is not shown again")).to_be_visible()
        secret = page.get_by_role("textbox", name="The secret").input_value()
        seen(page, "webhook-new")
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("It arrived, and was answered with status 200.")).to_be_visible()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("It answered with status 500.").first).to_be_visible()
        seen(page, "webhook")
        assert receiver.kinds == ["webhook.test"] * 2
        assert all(one.is_signed_with(secret) for one in receiver.heard)
        expect(page.get_by_text(secret)).to_have_count(0)
    with house.app_context():
        assert inbox.count(owner("alice@example.org").organization_id) == 1
