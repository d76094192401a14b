"""Lines that break, are slow or are not there at all: what is said of it, and how it heals."""

from __future__ import annotations

import re
import urllib.request
from threading import Event

import pytest
from browsing import Watched, last_answer, launch
from chatting import ask, open_chat, send
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Page, Playwright, Route, expect

pytestmark = pytest.mark.browser

CHAT = "**/api/v1/chat"
LINES = "**/api/v1/messages/*/events*"
DEAD = "net::ERR_|Failed to fetch|Failed to load resource"


@pytest.fixture
def victor(hosts: Hosts, visit: Visit) -> Watched:
    """A visitor whose chat is open, with troubles ahead."""
    hosts.engine.asked.clear()
    victor = visit(hosts.page())
    victor.expect_problem(DEAD)
    open_chat(victor.page)
    return victor


def field(page: Page):
    return page.get_by_role("dialog").get_by_role("textbox")


def answers(page: Page):
    return page.get_by_role("article", name="Answer")


def pass_time(page: Page, seconds: float, times: int = 1) -> None:
    """Let the page believe that time has passed."""
    for _ in range(times):
        page.clock.fast_forward(round(seconds * 1000))
        page.wait_for_timeout(100)


def seconds_left(page: Page) -> int:
    """Return what the countdown says."""
    return int(re.search(r"\d+", page.get_by_role("timer").inner_text())[0])


def cut(route: Route) -> None:
    """Let a question through to the server, and the answer back as far as its first words."""
    asked = route.request
    passed_on = urllib.request.Request(asked.url, asked.post_data_buffer, asked.headers)
    with urllib.request.urlopen(passed_on) as reply:
        heard = b""
        while b"event: delta" not in heard or not heard.endswith(b"\n\n"):
            heard += reply.readline()
    route.fulfill(body=heard, headers={**reply.headers, "Access-Control-Allow-Origin": "*"})


def test_it_says_that_it_is_offline_and_asks_when_it_is_back(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    page.context.set_offline(True)
    send(page, "Is anybody there?")
    expect(page.get_by_role("alert")).to_contain_text("You seem to be offline.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(field(page)).to_have_value("Is anybody there?")
    expect(answers(page)).to_have_count(0)

    page.context.set_offline(False)
    expect(last_answer(page)).to_contain_text("Yes.")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(field(page)).to_have_value("")
    assert len(hosts.engine.asked) == 1


def test_it_tries_again_when_the_browser_believes_to_be_online(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    page.route(CHAT, lambda route: route.abort("connectionrefused"))
    send(page, "Is anybody there?")
    pass_time(page, 1, times=3)
    expect(page.get_by_role("alert")).to_contain_text("The chat cannot be reached just now.")
    expect(page.get_by_role("timer")).to_contain_text("Trying again in")
    first = seconds_left(page)
    pass_time(page, first)
    pass_time(page, 1, times=2)
    assert seconds_left(page) > first
    page.unroute(CHAT)
    pass_time(page, 6)
    expect(last_answer(page)).to_contain_text("Yes.")
    assert len(hosts.engine.asked) == 1


def test_it_does_not_ask_what_is_only_being_typed(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    page.clock.install()
    page.route(CHAT, lambda route: route.abort("connectionrefused"))
    send(page, "Is anybody there?")
    pass_time(page, 1, times=3)
    expect(page.get_by_role("timer")).to_be_visible()
    field(page).fill("Is anybody there? Or perhap")
    pass_time(page, 2)
    expect(page.get_by_role("timer")).to_have_count(0)
    page.unroute(CHAT)
    pass_time(page, 60)

    expect(field(page)).to_have_value("Is anybody there? Or perhap")
    assert hosts.engine.asked == []
    page.get_by_role("button", name="Try again").click()
    expect(last_answer(page)).to_contain_text("Yes.")


def test_it_never_asks_twice_what_was_heard_once(hosts: Hosts, victor: Watched) -> None:
    page = victor.page

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(CHAT, swallow)
    page.clock.install()
    send(page, "Do you hear me?")
    pass_time(page, 1, times=4)
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute(CHAT)
    page.get_by_role("button", name="Try again").click()

    expect(last_answer(page)).to_contain_text("Yes.")
    assert len(hosts.engine.asked) == 1


def test_it_takes_a_line_that_stays_silent_for_a_broken_one(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    page.clock.install()
    page.route(CHAT, lambda _: None, times=1)
    send(page, "Is anybody there?")
    expect(last_answer(page)).to_contain_text("Looking through the sources…")
    pass_time(page, 9)
    expect(last_answer(page)).to_contain_text("This takes longer than usual…")
    pass_time(page, 40)
    pass_time(page, 1)

    expect(last_answer(page)).to_contain_text("Yes.")
    assert len(hosts.engine.asked) == 1


def test_it_says_when_an_answer_takes_long_and_forgets_it_with_the_next_word(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    first, second = Event(), Event()
    hosts.engine.will_say(first, "After all: ", second, "yes.")
    send(page, "Are you slow?")
    expect(last_answer(page)).to_contain_text("Looking through the sources…")
    pass_time(page, 7)
    expect(last_answer(page)).not_to_contain_text("longer than usual")
    pass_time(page, 2)
    expect(last_answer(page)).to_contain_text("This takes longer than usual…")

    first.set()
    expect(last_answer(page)).to_contain_text("After all:")
    expect(last_answer(page)).not_to_contain_text("longer than usual")
    pass_time(page, 9)
    expect(last_answer(page)).to_contain_text("This takes longer than usual…")
    second.set()
    expect(last_answer(page)).to_contain_text("After all: yes.")
    expect(last_answer(page)).not_to_contain_text("longer than usual")


def test_it_gives_up_a_broken_line_kindly_and_goes_on_when_the_browser_is_back(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    rest = Event()
    hosts.engine.will_say("The first half, ", rest, "and the second.")
    page.route(CHAT, cut)
    page.route(LINES, lambda route: route.abort("internetdisconnected"))
    send(page, "Will the line hold?")
    expect(last_answer(page)).to_contain_text("Reconnecting…")
    page.context.set_offline(True)
    pass_time(page, 10, times=9)
    expect(last_answer(page)).to_contain_text("You seem to be offline.")
    expect(last_answer(page).get_by_role("button", name="Try again")).to_be_visible()

    rest.set()
    page.unroute(LINES)
    page.context.set_offline(False)
    expect(last_answer(page)).to_contain_text("The first half, and the second.")
    expect(answers(page)).to_have_count(1)
    assert len(hosts.engine.asked) == 1


def test_it_goes_on_with_an_answer_after_the_back_forward_cache(
    hosts: Hosts, playwright: Playwright
) -> None:
    elsewhere = hosts.page("<h1>Elsewhere</h1>")
    rest = Event()
    hosts.engine.will_say("Before, ", rest, "and after.")
    with launch(playwright, ignore_default_args=["--disable-back-forward-cache"]) as browser:
        page = browser.new_page()
        page.goto(hosts.page())
        open_chat(page)
        send(page, "Do you wait for me?")
        expect(last_answer(page)).to_contain_text("Before,")
        page.goto(elsewhere)
        rest.set()
        page.go_back(wait_until="commit")

        expect(last_answer(page)).to_contain_text("Before, and after.")
        expect(answers(page)).to_have_count(1)


def test_it_works_where_the_storage_is_full(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate(
        """() => {
          for (let size = 1 << 22; size; size >>= 1) {
            try {
              for (let i = 0; ; i++) localStorage[`full-${size}-${i}`] = "x".repeat(size);
            } catch {}
          }
        }"""
    )
    open_chat(page)
    ask(page, "Do you remember?")
    field(page).fill("And th")
    ask(page, "And this?")
    expect(answers(page)).to_have_count(2)
    page.evaluate("localStorage.clear()")
