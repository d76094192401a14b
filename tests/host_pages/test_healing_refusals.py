"""Refusals in the middle of a visit: what is said of each, what is kept, and how it heals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browsing import Watched, check_accessible, last_answer, shoot
from chatting import ask, open_chat, send
from conftest import Visit
from flask import Flask
from hosting import Hosts
from playwright.sync_api import Locator, Page, expect

from ragwidget.extensions import limiter
from ragwidget.models import now

pytestmark = pytest.mark.browser

CHAT = "**/api/v1/chat"


@pytest.fixture
def victor(hosts: Hosts, visit: Visit) -> Iterator[Watched]:
    """A visitor whose chat is open, with refusals ahead."""
    hosts.engine.asked.clear()
    victor = visit(hosts.page())
    victor.expect_problem(r"status of (403|404|409|422|429|50\d)")
    open_chat(victor.page)
    yield victor
    limiter.reset()
    hosts.change(questions_per_hour=None, words={}, paused_at=None, origins=[hosts.site])


@contextmanager
def crowded(app: Flask) -> Iterator[None]:
    """Let others take every place until the end of the block."""
    places, count = app.extensions["stream-places"], app.extensions["stream-count"]
    for _ in range(count):
        assert places.acquire(timeout=30)  # whoever has just been answered may still leave theirs
    try:
        yield
    finally:
        places.release(count)


def field(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("textbox")


def alert(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("alert")


def age_limits(seconds: int) -> None:
    """Let the questions that were counted so far be so many seconds older."""
    for questions in limiter.storage.events.values():
        for question in questions:
            question.atime -= seconds
            question.expiry -= seconds


def test_it_gives_a_question_over_the_limit_back_and_says_when_to_come_again(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    hosts.change(questions_per_hour=1)
    ask(page, "Which bicycles?")
    send(page, "And which colours?")

    expect(alert(page)).to_contain_text("That was a lot of questions. You can ask again at ")
    expect(alert(page).get_by_role("button")).to_have_count(0)
    expect(alert(page).get_by_role("timer")).to_have_count(0)
    expect(field(page)).to_have_value("And which colours?")
    expect(page.get_by_role("article", name="You")).to_have_count(1)
    shoot(page, "widget-limit")
    check_accessible(page, within="rag-widget")


def test_it_waits_with_the_visitor_for_a_limit_that_is_over_soon(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    hosts.change(questions_per_hour=1, words={"limit": "Even our patience ends."})
    victor.page.reload()
    page.get_by_role("dialog").wait_for()
    ask(page, "Which bicycles?")
    age_limits(3600 - 40)
    send(page, "And which colours?")

    expect(alert(page)).to_contain_text("Even our patience ends. Trying again in ")
    expect(field(page)).to_have_value("And which colours?")
    shoot(page, "widget-countdown")
    check_accessible(page, within="rag-widget")
    limiter.reset()
    page.clock.fast_forward(41_000)
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    expect(last_answer(page)).to_contain_text("Yes.")
    expect(alert(page)).to_have_count(0)


def test_it_asks_nothing_by_itself_once_the_visitor_types_on(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    page.clock.install()
    hosts.change(questions_per_hour=1)
    ask(page, "Which bicycles?")
    age_limits(3600 - 40)
    send(page, "And which colours?")
    expect(alert(page).get_by_role("timer")).to_be_visible()
    field(page).fill("And which colours, or ra")
    page.clock.fast_forward(2_000)
    expect(alert(page)).to_contain_text("You can ask again in a minute.")
    limiter.reset()
    page.clock.fast_forward(41_000)

    expect(field(page)).to_have_value("And which colours, or ra")
    assert len(hosts.engine.asked) == 1


def test_it_asks_again_where_all_are_busy_and_is_answered_once(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    with crowded(hosts.app):
        send(page, "Is there room?")
        expect(alert(page)).to_contain_text("The chat is very busy just now.")
        expect(alert(page).get_by_role("timer")).to_contain_text("Trying again in")
        expect(field(page)).to_have_value("Is there room?")
    page.clock.fast_forward(4_000)
    expect(last_answer(page)).to_contain_text("Yes.")
    assert len(hosts.engine.asked) == 1


def test_it_stops_trying_by_itself_and_leaves_it_to_the_visitor(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    tries: list[str] = []

    def apologize(route):
        tries.append(route.request.post_data_json["message_id"])
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(status=502, body="<h1>Bad gateway</h1>", headers=headers)

    page.route(CHAT, apologize)
    send(page, "Is anybody there?")
    for attempt in range(6):
        expect(alert(page).get_by_role("timer")).to_be_visible()
        page.clock.fast_forward(40_000)
        page.wait_for_timeout(150)
        assert len(tries) == attempt + 2
    expect(alert(page)).to_contain_text("The chat cannot be reached just now.")
    expect(alert(page).get_by_role("timer")).to_have_count(0)
    assert len(set(tries)) == 1
    page.clock.fast_forward(300_000)
    assert len(tries) == 7

    page.unroute(CHAT)
    page.get_by_role("button", name="Try again").click()
    expect(last_answer(page)).to_contain_text("Yes.")
    assert len(hosts.engine.asked) == 1


def test_it_keeps_the_way_to_try_again_when_even_that_is_refused(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    hosts.engine.will_say(ConnectionError("the engine is away"))
    send(page, "Are you well?")
    retry = last_answer(page).get_by_role("button", name="Try again")
    retry.click()
    expect(last_answer(page)).to_contain_text("Yes.")

    hosts.engine.will_say(ConnectionError("the engine is away again"))
    send(page, "And now?")
    expect(retry).to_be_visible()
    with crowded(hosts.app):
        retry.click()
        expect(last_answer(page)).to_contain_text("The chat is very busy just now.")
        expect(retry).to_be_visible()
    retry.click()
    expect(last_answer(page)).to_contain_text("Yes.")


def test_it_shuts_when_it_is_paused_and_goes_on_when_it_is_opened_after_that(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    ask(page, "Which bicycles?")
    hosts.change(paused_at=now())
    send(page, "And which colours?")
    expect(page.get_by_role("dialog")).to_contain_text("This chat is taking a break.")
    expect(field(page)).to_be_hidden()
    expect(page.get_by_role("dialog").get_by_role("button", name="Close chat")).to_be_focused()
    shoot(page, "widget-paused")
    check_accessible(page, within="rag-widget")
    page.keyboard.press("Escape")

    hosts.change(paused_at=None)
    page.get_by_role("button", name="Open chat").click()
    expect(field(page)).to_have_value("And which colours?")
    expect(page.get_by_role("article", name="Answer")).to_have_count(1)
    field(page).press("Enter")
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)


def test_it_shuts_on_a_website_that_is_no_longer_listed(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    victor.expect_problem("RagWidget:")
    hosts.change(origins=["https://elsewhere.example"])
    send(page, "Am I still welcome?")
    expect(page.get_by_role("dialog")).to_contain_text("not available on this website")
    expect(field(page)).to_be_hidden()

    page.keyboard.press("Escape")
    hosts.change(origins=[hosts.site])
    page.get_by_role("button", name="Open chat").click()
    expect(field(page)).to_have_value("Am I still welcome?")
