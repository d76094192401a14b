"""A visitor's conversations: found again, renamed, put away, erased, and the same in every tab."""

from __future__ import annotations

import pytest
from browsing import Watched, check_accessible, shoot
from playwright.sync_api import Page, Route, expect
from test_visitor_story import UNCOMPOSE, ask, open_chat, story, victor, wait_for_answer

pytestmark = pytest.mark.browser

__all__ = ["story", "victor"]

FILES = "Which files can it read?"
LIMITS = "How many questions may a visitor ask?"


def two_conversations(page: Page) -> None:
    open_chat(page)
    ask(page, FILES)
    wait_for_answer(page)
    page.get_by_role("button", name="New conversation").click()
    ask(page, LIMITS)
    wait_for_answer(page)


def open_list(page: Page) -> None:
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_it_lists_the_conversations_and_goes_on_with_one(victor: Watched) -> None:
    page = victor.page
    two_conversations(page)
    open_list(page)
    threads = page.get_by_role("list", name="Conversations").get_by_role("listitem")
    expect(threads).to_have_count(2)
    expect(page.locator("[aria-current=true]")).to_contain_text("How many questions")
    shoot(page, "widget-threads")
    check_accessible(page, within="rag-widget")

    page.get_by_role("searchbox").fill("FILES")
    expect(threads).to_have_count(1)
    threads.get_by_role("button").first.click()
    expect(page.get_by_role("article", name="You")).to_have_text(FILES)
    expect(page.get_by_role("searchbox")).to_have_count(0)

    ask(page, "And how large may one be?")
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    wait_for_answer(page)
    page.reload()
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)


def test_it_renames_archives_and_deletes_by_keyboard(victor: Watched) -> None:
    page = victor.page
    two_conversations(page)
    open_list(page)
    threads = page.get_by_role("list", name="Conversations").get_by_role("listitem")
    page.get_by_role("button", name="Rename: Which files").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name of the conversation")).to_be_focused()
    page.keyboard.type("Formats")
    page.get_by_role("textbox", name="Name of the conversation").dispatch_event(
        "keydown", UNCOMPOSE
    )
    expect(page.get_by_role("textbox", name="Name of the conversation")).to_have_value("Formats")
    shoot(page, "widget-threads-renaming")
    page.keyboard.press("Enter")
    expect(threads.filter(has_text="Formats")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()

    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("searchbox")).to_have_count(0)
    open_list(page)
    page.get_by_role("button", name="Archive: Formats").press("Enter")
    expect(threads).to_have_count(1)
    held: list[Route] = []
    page.route("**/conversations?*archived=true", lambda route: held.append(route))
    with page.expect_response("**/conversations?*archived=false"):
        page.get_by_label("Show archived ones, too").check()
        page.get_by_label("Show archived ones, too").uncheck()
    with page.expect_response("**/conversations?*archived=true") as late:
        held[0].continue_()
    late.value.finished()
    expect(threads).to_have_count(1)
    page.unroute("**/conversations?*archived=true")
    page.get_by_label("Show archived ones, too").check()
    expect(threads).to_have_count(2)
    page.get_by_role("button", name="Take out of the archive: Formats").press("Enter")

    expect(page.get_by_role("button", name="Archive: Formats", exact=True)).to_be_visible()

    page.get_by_role("button", name="Delete: How many questions").press("Enter")
    expect(threads).to_have_count(1)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    shoot(page, "widget-threads-deleting")
    check_accessible(page, within="rag-widget")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Conversations")).to_be_focused()
    expect(page.get_by_role("article", name="You")).to_have_count(0)


def test_it_shows_nothing_that_comes_late_of_a_conversation_that_was_left(victor: Watched) -> None:
    page = victor.page
    two_conversations(page)
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))
    open_list(page)
    with page.expect_request("**/messages"):
        page.get_by_role("list", name="Conversations").get_by_text(FILES).click()
    page.get_by_role("button", name="New conversation").click()
    with page.expect_response("**/messages"):
        held[0].continue_()
    page.unroute("**/messages")

    ask(page, LIMITS)
    wait_for_answer(page)
    expect(page.get_by_role("article", name="You")).to_have_text(LIMITS)


def test_it_shows_earlier_messages_once_and_as_soon_as_they_can_be_fetched(
    victor: Watched,
) -> None:
    page = victor.page
    open_chat(page)
    for question in (FILES, LIMITS):
        ask(page, question)
        wait_for_answer(page)
    page.route("**/messages", lambda route: route.continue_(url=f"{route.request.url}?limit=2"))
    earlier: list[str] = []
    page.on("request", lambda request: "?before=" in request.url and earlier.append(request.url))
    questions = page.get_by_role("article", name="You")
    older = page.get_by_role("button", name="Show earlier messages")

    page.reload()
    older.dblclick()
    expect(questions).to_have_text([FILES, LIMITS])
    expect(page.get_by_role("log")).to_be_focused()
    assert len(earlier) == 1

    page.reload()
    expect(questions).to_have_text(LIMITS)
    victor.expect_problem("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    older.click()
    expect(page.get_by_role("alert")).to_contain_text("offline")
    page.context.set_offline(False)
    expect(questions).to_have_text([FILES, LIMITS])


def test_it_keeps_two_tabs_in_step(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    other = page.context.new_page()
    other.goto(page.url)
    open_chat(other)

    ask(page, FILES)
    expect(other.get_by_role("article", name="You")).to_have_text(FILES)
    wait_for_answer(page)
    wait_for_answer(other)
    page.get_by_role("button", name="New conversation").click()
    expect(other.get_by_role("article", name="You")).to_have_count(0)


def test_it_says_so_when_the_list_cannot_be_fetched_and_shows_it_when_it_can(
    victor: Watched,
) -> None:
    page = victor.page
    open_chat(page)
    expect(page.get_by_role("group", name="What to ask next")).to_be_attached()
    victor.expect_problem("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    open_list(page)
    expect(page.get_by_role("region", name="Conversations")).to_contain_text("No conversations yet")
    check_accessible(page, within="rag-widget")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_lists_them_on_a_phone(victor: Watched, scheme: str) -> None:
    page = victor.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 740})
    two_conversations(page)
    open_list(page)
    expect(page.get_by_role("list", name="Conversations").get_by_role("listitem")).to_have_count(2)
    shoot(page, f"widget-threads-360-{scheme}")
    check_accessible(page, within="rag-widget")
