"""The chat by keyboard and by ear."""

from __future__ import annotations

import re
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from browsing import last_answer
from chatting import Visit, ask, open_chat, send
from hosting import Hosts
from playwright.sync_api import Page, expect

from ragwidget.chat.events import SourceRef, Sources

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  const outlined = (each) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  };
  const { width, height } = node.getBoundingClientRect();
  return {
    name: node.ariaLabel || node.textContent.trim() || node.localName,
    inside: node.getRootNode() !== document,
    seen: node.checkVisibility() && width > 0 && height > 0,
    outlined: outlined(node) || outlined(node.parentElement),
  };
}"""
LISTEN = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  const live = "[role=status], [role=alert], [aria-live]:not([aria-live=off]), output";
  window.heard = [];
  let last = "";
  new MutationObserver(() => {
    const said = [...root.querySelectorAll(live)].map((node) => node.textContent.trim()).join("");
    if (said !== last) heard.push(said);
    last = said;
  }).observe(root, { subtree: true, childList: true, characterData: true });
}"""


def cited() -> Sources:
    """Return two sources of what the engine says."""
    titles = ["Terms.pdf", "Prices"]
    return Sources(
        tuple(
            SourceRef(n, str(uuid4()), title, "file", n, None, "So it says.", 1.0, ((0, 8),))
            for n, title in enumerate(titles, 1)
        )
    )


def steps(page: Page, most: int = 40) -> list[dict[str, Any]]:
    """Press Tab until the focus leaves the chat, and return where it was."""
    found = []
    for _ in range(most):
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUSED))
        if not found[-1]["inside"]:
            return found[:-1]
    raise AssertionError("the focus never leaves the chat")


def test_tab_reaches_the_launcher_and_enter_opens_and_escape_gives_the_focus_back(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page("<button>Order</button>" + hosts.line())).page
    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    expect(launcher).to_have_attribute("aria-haspopup", "dialog")
    page.get_by_role("button", name="Order").focus()
    page.keyboard.press("Tab")
    expect(launcher).to_be_focused()
    assert page.evaluate(FOCUSED)["outlined"]

    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Alice")
    expect(dialog.get_by_role("textbox", name="Ask a question")).to_be_focused()
    expect(page.locator("rag-widget .launcher")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(launcher).to_be_focused()
    page.keyboard.press("Space")
    expect(dialog).to_be_visible()


def test_every_control_is_reached_by_tab_and_seen_when_it_is(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say("Said so.", cited())
    ask(page, "Who said so?", "Said so.")
    page.locator("rag-widget").evaluate("(host) => host.shadowRoot.querySelector('button').focus()")

    found = steps(page)

    names = " ".join(step["name"] for step in found)
    for control in (
        "Conversations",
        "New conversation",
        "Close chat",
        "Edit and ask again",
        "Source 1: Terms.pdf",
        "Source 2: Prices",
        "Terms.pdf",
        "Copy answer",
        "Good answer",
        "Bad answer",
        "Ask a question",
    ):
        assert control in names, control
    assert [step["name"] for step in found if not step["seen"]] == []
    assert [step["name"] for step in found if not step["outlined"]] == []


def test_an_answer_is_announced_once_and_not_word_by_word(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    page.evaluate(LISTEN)
    words = "At nine.\n\nOn Saturday the shop opens at ten."
    hosts.engine.will_say(*re.split("(?<= )", words), cited())
    ask(page, "When does it open?", "On Saturday the shop opens at ten.")

    heard = page.evaluate("heard")
    assert [said for said in heard if "shop" in said] == [words]
    assert heard[0] == "Looking through the sources…"
    assert len(heard) == 2


def test_the_focus_stays_in_the_field_while_an_answer_comes(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    going = Event()
    hosts.engine.will_say("One ", going, "two.")
    send(page, "Count?")
    expect(last_answer(page)).to_contain_text("One")
    expect(page.get_by_role("textbox")).to_be_focused()
    going.set()
    expect(last_answer(page)).to_contain_text("two.")

    expect(page.get_by_role("textbox")).to_be_focused()


def test_a_source_is_looked_at_and_left_by_keyboard(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say("Said so.", cited())
    ask(page, "Who said so?", "Said so.")
    mark = page.get_by_role("button", name="Source 1: Terms.pdf")
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("So it says.")
    expect(mark).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("note")).to_be_hidden()
    expect(mark).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_visible()

    page.get_by_role("button", name="Conversations").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Search conversations")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Conversations")).to_be_focused()


def test_a_composed_word_is_not_sent_by_its_enter(hosts: Hosts, visit: Visit) -> None:
    """Who writes Japanese chooses a word by Enter, and leaves the choice by Escape."""
    page = visit(hosts.page()).page
    open_chat(page)
    page.keyboard.insert_text("営業時間は")
    compose = """([key]) => {
      const { shadowRoot: root } = document.querySelector("rag-widget");
      const event = { key, isComposing: true, bubbles: true, composed: true, cancelable: true };
      root.activeElement.dispatchEvent(new KeyboardEvent("keydown", event));
    }"""
    page.evaluate(compose, ["Enter"])
    page.evaluate(compose, ["Escape"])

    expect(page.get_by_role("textbox")).to_have_value("営業時間は")
    expect(page.get_by_role("article")).to_have_count(0)
