"""What axe finds in every state of the chat: nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from uuid import uuid4

import pytest
from browsing import Watched, check_accessible, last_answer
from chatting import Visit, ask, open_chat, send
from hosting import Hosts
from playwright.sync_api import expect

from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import Finish

pytestmark = pytest.mark.browser

SOURCE = SourceRef(
    1, str(uuid4()), "Terms.pdf", "file", 1, "https://example.org/", "Said so.", 1.0, ((0, 4),)
)
RICH = "Said **so**.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```\ncode\n```\n\n> quoted\n\n1. one"


def closed(hosts: Hosts, victor: Watched) -> None:
    expect(victor.page.get_by_role("button", name="Open chat")).to_be_visible()


def empty(hosts: Hosts, victor: Watched) -> None:
    open_chat(victor.page)
    expect(victor.page.get_by_role("button", name="When do you open?")).to_be_visible()


def answering(hosts: Hosts, victor: Watched) -> None:
    hosts.engine.will_say("At ", going, RICH, Sources((SOURCE,)))
    send(victor.page, "When do you open?")
    expect(last_answer(victor.page)).to_contain_text("At")


def answered_with_a_source_open(hosts: Hosts, victor: Watched) -> None:
    going.set()
    expect(last_answer(victor.page).get_by_role("button", name="Copy answer")).to_be_visible()
    last_answer(victor.page).get_by_role("listitem").filter(has_text="Terms.pdf").click()
    expect(last_answer(victor.page).get_by_role("link")).to_be_visible()


def with_a_passage(hosts: Hosts, victor: Watched) -> None:
    victor.page.get_by_role("button", name="Source 1").click()
    expect(victor.page.get_by_role("note")).to_be_visible()


def rated(hosts: Hosts, victor: Watched) -> None:
    victor.page.keyboard.press("Escape")
    victor.page.get_by_role("button", name="Bad answer").click()
    expect(victor.page.get_by_role("textbox", name="What was wrong")).to_be_visible()


def with_the_list(hosts: Hosts, victor: Watched) -> None:
    victor.page.get_by_role("button", name="Conversations").click()
    expect(victor.page.get_by_role("listitem").filter(has_text="When do you open?")).to_be_visible()


def unanswered_with_the_form(hosts: Hosts, victor: Watched) -> None:
    victor.page.keyboard.press("Escape")
    hosts.engine.will_say("I can't say.", Finish("refused", "scripted-1"))
    ask(victor.page, "Who won?", "I can't say.")
    victor.page.get_by_role("button", name="Leave a message").click()
    expect(victor.page.get_by_role("textbox", name="Your name")).to_be_visible()


def failed(hosts: Hosts, victor: Watched) -> None:
    victor.page.keyboard.press("Escape")
    hosts.engine.will_say("Well, ", RuntimeError("The engine broke."))
    send(victor.page, "Does it break?")
    expect(last_answer(victor.page).get_by_role("alert")).to_be_visible()


def offline(hosts: Hosts, victor: Watched) -> None:
    victor.expect_problem("ERR_INTERNET_DISCONNECTED")
    victor.page.context.set_offline(True)
    send(victor.page, "Is anybody there?")
    expect(victor.page.get_by_role("alert").filter(has_text="offline")).to_be_visible()


def paused(hosts: Hosts, victor: Watched) -> None:
    victor.expect_problem("403")
    victor.page.context.set_offline(False)
    hosts.change(origins=[])
    victor.page.reload()
    expect(victor.page.get_by_role("dialog")).to_contain_text("not available on this website")


STATES: list[Callable[[Hosts, Watched], None]] = [
    closed,
    empty,
    answering,
    answered_with_a_source_open,
    with_a_passage,
    rated,
    with_the_list,
    unanswered_with_the_form,
    failed,
    offline,
    paused,
]
going = Event()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(hosts: Hosts, visit: Visit, scheme: str) -> None:
    going.clear()
    hosts.change(
        origins=[hosts.site],
        welcome="Ask me.",
        suggested_questions=["When do you open?"],
    )
    victor = visit(hosts.page(), color_scheme=scheme, reduced_motion="reduce")
    victor.expect_problem("RagWidget:")
    for bring_about in STATES:
        bring_about(hosts, victor)
        check_accessible(victor.page, within="rag-widget", also=("target-size",))
