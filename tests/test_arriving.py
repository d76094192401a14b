"""A transcript that a member has open goes on by itself, and takes nobody's place from them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from browsing import Watched, check_accessible, shoot, shoot_all, watch
from cast import PASSWORD, Visitor, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from scripted import ScriptedEngine
from sqlalchemy import select, update
from werkzeug.serving import make_server

from ragwidget import conversations, inbox
from ragwidget.conversations.triage import Change, apply, set_tags
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message

LONG = "\n\n".join(f"{n}. The shop opens at nine, and on Saturday at ten." for n in range(1, 9))
TEXT = "I will ask the workshop and"


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    return make_house()


@pytest.fixture
def victor(house: Flask) -> Visitor:
    """Victor, who has asked twice."""
    engine: ScriptedEngine = house.extensions["engine"]
    engine.will_say("Yes.")
    engine.will_say(LONG)
    victor = victor_at(house)
    victor.ask("May I bring my dog?")
    victor.ask("When do you open?")
    return victor


def transcript(victor: Visitor) -> str:
    return f"/dashboard/chatbots/{victor.chatbot_id}/conversations/{victor.conversation_id}"


def turns_on(client: FlaskClient, victor: Visitor) -> list[str]:
    return re.findall(r'data-turn="([^"]+)"', client.get(transcript(victor)).text)


def tag(house: Flask, name: str) -> None:
    """Have somebody of the team tag the conversation and mark it as handled."""
    with house.app_context():
        talk = db.session.scalars(select(Conversation)).one()
        made = conversations.tags.create(talk.organization_id, name, "green")
        apply(talk.chatbot_id, [talk.id], Change("handle"))
        set_tags(talk, [made.id])
        db.session.commit()


def leave(victor: Visitor, message: str) -> None:
    body = {"name": "Victor", "email": "victor@example.org", "message": message}
    assert (
        victor.post(f"/conversations/{victor.conversation_id}/contact", json=body).status_code
        == 201
    )


def is_unread(house: Flask) -> bool:
    with house.app_context():
        return db.session.scalars(select(Conversation.unread)).one()


def test_it_is_told_only_what_has_changed(house: Flask, victor: Visitor) -> None:
    alice = sign_in(house, "alice@example.org")
    place = f"{transcript(victor)}/turns?turn={turns_on(alice, victor)[-1]}"
    now = alice.get(place)
    known = {"If-None-Match": now.headers["ETag"]}
    assert "May I bring my dog?" not in now.json["html"]

    assert alice.get(place, headers=known).status_code == 304
    answer = victor.ask("And on Sunday?")
    asked = alice.get(place, headers=known)
    known = {"If-None-Match": asked.headers["ETag"]}
    assert "And on Sunday?" in asked.json["html"]
    assert alice.get(place, headers=known).status_code == 304
    victor.call("PUT", f"/messages/{answer.message_id}/feedback", json={"rating": "up"})
    assert "Liked" in alice.get(place, headers=known).json["html"]


def test_it_is_told_what_the_team_notes_and_what_was_spent(house: Flask, victor: Visitor) -> None:
    alice = sign_in(house, "alice@example.org")
    place = f"{transcript(victor)}/turns?turn={turns_on(alice, victor)[-1]}"
    known = {"If-None-Match": alice.get(place).headers["ETag"]}

    tag(house, "bikes")
    told = alice.get(place, headers=known)
    assert "bikes" in told.json["html"]
    assert "Handled" in told.json["html"]
    known = {"If-None-Match": told.headers["ETag"]}
    with house.app_context():
        took = {"engine": "gemini", "total_tokens": 1234, "cost": 20_000}
        db.session.execute(update(Message).filter_by(role="chatbot").values(**took))
        db.session.commit()
    told = alice.get(place, headers=known)
    assert "2,468 tokens" in told.json["html"]
    known = {"If-None-Match": told.headers["ETag"]}
    leave(victor, "Please call me.")
    told = alice.get(place, headers=known)
    assert "Please call me." in told.json["html"]
    assert alice.get(place, headers={"If-None-Match": told.headers["ETag"]}).status_code == 304


def test_who_keeps_order_has_read_what_arrives(house: Flask, victor: Visitor) -> None:
    alice, viola = (sign_in(house, f"{name}@example.org") for name in ("alice", "viola"))
    place = f"{transcript(victor)}/turns?turn={turns_on(alice, victor)[-1]}"
    victor.ask("And on Sunday?")

    assert "And on Sunday?" in viola.get(place).json["html"]
    assert is_unread(house)
    alice.get(place)
    assert not is_unread(house)


@pytest.fixture
def alice(house: Flask, victor: Visitor, browser: Browser) -> Iterator[Watched]:
    """Alice, who reads what Victor asked."""
    server = make_server("127.0.0.1", 0, house, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    home = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    watched = watch(context)
    watched.page.goto(f"{home}/sign-in?next={transcript(victor)}")
    watched.page.get_by_label("E-mail", exact=False).first.fill("alice@example.org")
    watched.page.get_by_label("Password", exact=True).fill(PASSWORD)
    watched.page.clock.install()
    watched.page.get_by_role("button", name="Sign in").click()
    expect(watched.page.get_by_text("When do you open?").last).to_be_visible()
    yield watched
    context.close()
    server.shutdown()
    thread.join()
    watched.check()


def top_of(page: Page, selector: str) -> float:
    return page.locator(selector).evaluate("(node) => node.getBoundingClientRect().top")


@pytest.mark.browser
def test_alice_reads_what_victor_writes_while_she_answers(alice: Watched, victor: Visitor) -> None:
    page = alice.page
    page.wait_for_load_state()
    box = page.get_by_role("textbox", name="Your answer")
    box.press_sequentially(TEXT)
    place = top_of(page, "#answer-text")
    victor.ask("And on Sunday?")
    page.clock.run_for(4_000)

    expect(page.locator(".turn")).to_have_count(3)
    expect(page.get_by_text("6 messages")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="And on Sunday?")).to_contain_text("Yes.")
    expect(page.locator(".turn").last).to_be_in_viewport()
    assert abs(top_of(page, "#answer-text") - place) < 1
    expect(box).to_be_focused()
    expect(box).to_have_value(TEXT)
    expect(page.locator(".arrived")).to_be_hidden()
    shoot(page, "transcript-arrived-box")

    page.evaluate("scrollTo(0, 0)")
    shown = page.get_by_role("link", name="New below")
    victor.ask("And on Monday?")
    page.clock.run_for(4_000)
    expect(shown).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
    shoot(page, "transcript-arrived-below")
    check_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 600})
    shoot(page, "transcript-arrived-below-desktop")
    shown.click()
    expect(page.get_by_text("And on Monday?").first).to_be_in_viewport()
    expect(shown).to_be_hidden()


@pytest.mark.browser
def test_what_the_team_notes_appears_and_moves_nothing_that_alice_reads(
    alice: Watched, house: Flask, victor: Visitor
) -> None:
    page = alice.page
    page.wait_for_load_state()
    page.set_viewport_size({"width": 360, "height": 300})
    page.evaluate("scrollTo(0, document.querySelector('.turn:last-child').offsetTop)")
    place = top_of(page, ".turn:last-child .question")
    tag(house, "bikes")
    leave(victor, "Please call me, for my frame is bent.")
    page.clock.run_for(4_000)

    expect(page.locator(".labels")).to_contain_text("bikes")
    expect(page.locator(".labels")).to_contain_text("Handled")
    expect(page.get_by_role("button", name="Not handled")).to_have_count(1)
    expect(page.get_by_role("region", name="Message for a human")).to_contain_text("bent")
    expect(page.get_by_text("They left an address, too")).to_contain_text("victor@example.org")
    assert abs(top_of(page, ".turn:last-child .question") - place) < 1
    shoot_all(page, "transcript-noted")
    check_accessible(page)


@pytest.mark.browser
def test_alice_reads_below_a_message_what_victor_writes(
    alice: Watched, house: Flask, victor: Visitor
) -> None:
    page = alice.page
    page.wait_for_load_state()
    leave(victor, "Please call me.")
    with house.app_context():
        organization_id = db.session.scalars(select(Conversation.organization_id)).one()
        left = inbox.listing(organization_id, inbox.Wanted()).rows[0].request.id
    page.goto(f"{page.url.partition('/conversations/')[0]}/inbox/{left}")
    said = page.get_by_role("region", name="What was said")
    expect(said.get_by_text("When do you open?")).to_be_visible()
    box = page.get_by_role("textbox", name="Your answer")
    box.press_sequentially(TEXT)
    place = top_of(page, "#answer-text")
    victor.ask("And on Sunday?")
    page.clock.run_for(4_000)

    expect(said.get_by_role("listitem").filter(has_text="And on Sunday?")).to_contain_text("Yes.")
    assert top_of(page, "#answer-text") == place
    expect(box).to_have_value(TEXT)
    expect(page.get_by_role("link", name="New below")).to_be_in_viewport()
    shoot(page, "inbox-request-below")
    shoot_all(page, "inbox-request-arrived")
    check_accessible(page)


@pytest.mark.browser
def test_what_changes_in_a_turn_takes_the_focus_from_nothing_beside_it(
    alice: Watched, victor: Visitor
) -> None:
    page = alice.page
    page.wait_for_load_state()
    answer = victor.ask("And on Sunday?")
    page.clock.run_for(4_000)
    last = page.locator(".turn").nth(2)
    link = last.get_by_role("link", name="Turn into a Q&A pair")
    link.focus()
    victor.call("PUT", f"/messages/{answer.message_id}/feedback", json={"rating": "up"})
    page.clock.run_for(4_000)

    expect(last.get_by_text("Liked")).to_be_visible()
    expect(link).to_be_focused()
