"""What somebody of the team says, read by the visitor as a person's words, and soon."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from browsing import check_accessible, shoot
from cast import owner
from chatting import ask, open_chat
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Page, expect
from signing import key_for, token_of
from sqlalchemy import select

from ragwidget.conversations import team
from ragwidget.extensions import db
from ragwidget.models import Conversation

pytestmark = pytest.mark.browser

IS_LOOK = re.compile("/messages")
SIGNED = """<script>
  window.RagWidget = window.RagWidget || [];
  RagWidget.push(["identify", {{ token: "{}" }}]);
</script>"""


def newest(hosts: Hosts) -> UUID:
    with hosts.app.app_context():
        latest = select(Conversation.id).order_by(Conversation.id.desc()).limit(1)
        return db.session.scalars(latest).one()


def say(hosts: Hosts, author: str, text: str) -> None:
    """Answer in the conversation that began last."""
    conversation_id = newest(hosts)
    with hosts.app.app_context():
        team.say(db.session.get_one(Conversation, conversation_id), author, text)


def looks_of(page: Page) -> list[str]:
    """Return the looks for messages as they come to be asked."""
    looks: list[str] = []
    page.on("request", lambda sent: looks.append(sent.url) if IS_LOOK.search(sent.url) else None)
    return looks


def visitor(hosts: Hosts, visit: Visit, **options: Any) -> Page:
    """Return the page of somebody who has asked, and whose clock can be turned."""
    page = visit("about:blank", **options).page
    page.clock.install()
    page.goto(hosts.page())
    open_chat(page)
    ask(page, "May I bring my dog?")
    return page


def waiting(hosts: Hosts, visit: Visit, **options: Any) -> Page:
    """Return the page of somebody who would like to hear from a human."""
    page = visitor(hosts, visit, **options)
    leave_message(page)
    return page


def turn_until_it_looks(page: Page, looks: list[str], milliseconds: int) -> None:
    """Turn the clock, again if the answer before was not read yet."""
    before = len(looks)
    while len(looks) == before:
        page.clock.fast_forward(milliseconds)
        page.wait_for_timeout(100)


def leave_message(page: Page) -> None:
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("button", name="Leave a message").click()
    for field, words in [
        ("Your name", "Victor"),
        ("Your e-mail address", "victor@example.org"),
        ("Your message", "May I bring my dog?"),
    ]:
        page.get_by_role("textbox", name=field).fill(words)
    page.get_by_role("button", name="Send the message").click()
    expect(page.get_by_text("Somebody will get back to you.")).to_be_visible()
    page.get_by_role("button", name="Back to the chat").click()


def test_who_comes_back_reads_it_under_its_author(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say("I can’t say.")
    ask(page, "May I bring my dog?", "I can’t say.")
    say(hosts, "Anna", "Of course, **do** bring him!")
    say(hosts, "Ben", "There is water at the door, too.")

    page.reload()
    anna = page.get_by_role("article", name="Anna from the team")
    expect(anna).to_contain_text("Of course, do bring him!")
    expect(page.get_by_role("article", name="Ben from the team")).to_be_visible()
    expect(anna.get_by_role("button", name="Good answer")).to_be_hidden()
    shoot(page, "widget-team")
    check_accessible(page, within="rag-widget")

    ask(page, "Thank you!")
    said = [(each.role, each.text) for each in hosts.engine.asked[-1].history]
    assert said[-2:] == [
        ("chatbot", "Of course, **do** bring him!"),
        ("chatbot", "There is water at the door, too."),
    ]


def test_who_waits_for_a_human_reads_the_answer_without_doing_anything(
    hosts: Hosts, visit: Visit
) -> None:
    page = waiting(hosts, visit, viewport={"width": 360, "height": 740})
    page.evaluate("addEventListener('rag-widget:message', ({ detail }) => (window.told = detail))")

    say(hosts, "Anna", "Of course, **do** bring him!")
    page.clock.fast_forward(12_000)

    anna = page.get_by_role("article", name="Anna from the team")
    expect(anna).to_contain_text("Of course, do bring him!")
    expect(anna).to_be_in_viewport()
    heard = page.get_by_role("status").filter(has_text="Anna")
    expect(heard).to_have_text("Anna from the team: Of course, do bring him!")
    told = page.evaluate("told")
    assert (told["author"], told["text"]) == ("Anna", "Of course, **do** bring him!")
    shoot(page, "widget-team-arrived")
    check_accessible(page, within="rag-widget")

    ask(page, "Thank you!")
    say(hosts, "Ben", "There is water at the door, too.")
    page.clock.fast_forward(12_000)
    expect(page.get_by_role("article", name="Ben from the team")).to_be_visible()
    expect(page.get_by_role("article", name="from the team")).to_have_count(2)


def test_who_asked_for_nobody_reads_it_too_while_the_chat_is_open(
    hosts: Hosts, visit: Visit
) -> None:
    page = visitor(hosts, visit)
    say(hosts, "Anna", "Is there anything else?")
    page.clock.fast_forward(12_000)

    anna = page.get_by_role("article", name="Anna from the team")
    expect(anna).to_be_in_viewport()
    expect(page.get_by_role("article")).to_have_count(3)
    shoot(page, "widget-team-unasked")


def test_a_fresh_page_marks_the_launcher_for_who_is_signed_for(hosts: Hosts, visit: Visit) -> None:
    with hosts.app.app_context():
        alice = owner("alice@example.org")
    key = key_for(hosts.app, alice)
    signed = hosts.page(PROSE + hosts.line() + SIGNED.format(token_of(key, "victor")))
    page = visit("about:blank").page
    page.clock.install()
    page.goto(signed)
    open_chat(page)
    ask(page, "Where is my order?")
    say(hosts, "Anna", "On its way.")
    page.clock.fast_forward(12_000)
    expect(page.get_by_role("article", name="Anna from the team")).to_be_visible()
    page.get_by_role("button", name="Close chat").first.click()
    say(hosts, "Ben", "It is there.")

    page.goto(signed)
    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_have_accessible_description("New message")
    page.goto(hosts.page())  # where nobody says who they are
    page.wait_for_function("!Object.values(localStorage).some((kept) => JSON.parse(kept).someone)")
    expect(launcher).to_have_accessible_description("")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(hosts.page(), wait_until="networkidle")
    assert [url for url in asked if url.startswith(hosts.product)] == [f"{hosts.product}/widget.js"]


def test_it_marks_the_launcher_of_a_closed_chat_on_the_next_page_too(
    hosts: Hosts, visit: Visit
) -> None:
    page = waiting(hosts, visit)
    page.get_by_role("button", name="Close chat").first.click()
    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_have_accessible_description("")

    say(hosts, "Anna", "Of course!")
    page.clock.fast_forward(70_000)
    expect(launcher).to_have_accessible_description("New message")
    shoot(page, "widget-team-unread")
    page.goto(hosts.page())
    expect(launcher).to_have_accessible_description("New message")

    launcher.click()
    expect(page.get_by_role("article", name="Anna from the team")).to_be_visible()
    page.get_by_role("button", name="Close chat").first.click()
    expect(launcher).to_have_accessible_description("")
    with page.expect_response(IS_LOOK):
        page.reload()
    expect(launcher).to_have_accessible_description("")


def test_it_looks_only_for_who_has_the_chat_open_and_is_there(hosts: Hosts, visit: Visit) -> None:
    page = visitor(hosts, visit)
    looks = looks_of(page)
    with page.expect_response(IS_LOOK):
        page.clock.fast_forward(12_000)
    for _ in range(2):
        page.clock.fast_forward(300_000)
    assert len(looks) == 1
    with page.expect_response(IS_LOOK):
        page.get_by_role("dialog").hover()
    page.get_by_role("button", name="Close chat").first.click()
    page.clock.fast_forward(100_000)
    page.clock.fast_forward(100_000)
    assert len(looks) == 2
    assert all("?after=" in look for look in looks)


def test_it_looks_ever_more_seldom_for_who_waits_and_watches(hosts: Hosts, visit: Visit) -> None:
    page = waiting(hosts, visit)
    looks = looks_of(page)

    for _ in range(10):
        turn_until_it_looks(page, looks, 66_000)
    page.clock.fast_forward(50_000)
    turn_until_it_looks(page, looks, 16_000)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.clock.fast_forward(300_000)
    page.evaluate("delete document.hidden; dispatchEvent(new Event('visibilitychange'))")
    turn_until_it_looks(page, looks, 1_000)
    assert len(looks) == 12
    assert "?after=" not in looks[0]
    assert all("?after=" in look for look in looks[1:])
