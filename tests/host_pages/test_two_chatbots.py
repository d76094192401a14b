"""Alice's and Bob's chatbots on one page: beside each other, and apart."""

from __future__ import annotations

from threading import Event

import pytest
from browsing import last_answer
from chatting import Visit, ask, send
from hosting import PROSE, Hosts
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(hosts: Hosts, visit: Visit) -> Page:
    """A page with both lines, each twice."""
    lines = hosts.line("alice", label="Ask Alice") + hosts.line("bob", label="Ask Bob")
    page = visit(hosts.page(PROSE + lines + lines)).page
    expect(page.get_by_role("button", name="Ask Alice")).to_have_count(1)
    expect(page.get_by_role("button", name="Ask Bob")).to_have_count(1)
    return page


def apart(one: Locator, other: Locator) -> bool:
    """Tell whether two things on the page do not touch."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


def test_their_launchers_lie_beside_each_other_and_one_chat_is_open_at_a_time(page: Page) -> None:
    alice = page.get_by_role("button", name="Ask Alice")
    bob = page.get_by_role("button", name="Ask Bob")
    assert apart(alice, bob)

    alice.click()
    expect(page.get_by_role("dialog", name="Alice")).to_be_visible()
    expect(page.get_by_role("dialog", name="Alice").get_by_role("textbox")).to_be_focused()
    assert apart(page.get_by_role("dialog"), bob)
    bob.click()
    expect(page.get_by_role("dialog", name="Bob")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog", name="Bob").get_by_role("textbox")).to_be_focused()
    assert apart(page.get_by_role("dialog"), alice)


def test_each_corner_is_filled_from_below(hosts: Hosts, visit: Visit) -> None:
    lines = hosts.line("alice", label="Ask Alice") + hosts.line("bob", position="left", label="Bob")
    page = visit(hosts.page(PROSE + lines)).page
    alice, bob = (page.get_by_role("button", name=name) for name in ("Ask Alice", "Bob"))
    expect(alice).to_be_visible()
    expect(bob).to_be_visible()

    right, left = alice.bounding_box(), bob.bounding_box()
    assert right
    assert left
    assert (left["x"], left["y"]) == (20, right["y"])


def test_what_was_said_to_one_the_other_never_knows(hosts: Hosts, page: Page) -> None:
    hosts.engine.will_say("I am Alice's.")
    page.get_by_role("button", name="Ask Alice").click()
    expect(page.get_by_role("dialog", name="Alice")).to_be_visible()
    ask(page, "Whose are you?", "I am Alice's.")
    hosts.engine.will_say("I am Bob's.")
    page.get_by_role("button", name="Ask Bob").click()
    expect(page.get_by_role("dialog", name="Bob")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("article")).to_have_count(0)
    ask(page, "And whose are you?", "I am Bob's.")

    assert hosts.engine.asked[-1].history == ()
    keys = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert set(keys) == {f"rag-widget:{chatbot}" for chatbot in hosts.chatbots.values()}
    page.reload()
    expect(last_answer(page)).to_contain_text("I am Bob's.")
    page.get_by_role("button", name="Ask Alice").click()
    expect(last_answer(page)).to_contain_text("I am Alice's.")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_an_answer_goes_on_in_the_chat_that_is_closed(hosts: Hosts, page: Page) -> None:
    page.get_by_role("button", name="Ask Alice").click()
    expect(page.get_by_role("dialog", name="Alice")).to_be_visible()
    gone = Event()
    hosts.engine.will_say("Slowly ", gone, "but surely.")
    send(page, "How?")
    expect(last_answer(page)).to_contain_text("Slowly")
    page.get_by_role("button", name="Ask Bob").click()
    gone.set()
    expect(page.get_by_role("dialog", name="Bob")).to_be_visible()
    page.get_by_role("button", name="Ask Alice").click()

    expect(last_answer(page)).to_contain_text("Slowly but surely.")
