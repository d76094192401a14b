"""The visitor's whole story, on another origin, with a stranger's stylesheet, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browsing import Story, Watched, check_accessible, last_answer, served, shoot, watch
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

INSTALL = "How do I put the chatbot on my website?"
# an Escape that only ends what an input method composes
UNCOMPOSE = {"key": "Escape", "isComposing": True, "bubbles": True, "composed": True}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("visitor"), pause=0.15) as story:
        yield story


@pytest.fixture
def victor(story: Story, browser: Browser) -> Iterator[Watched]:
    """A visitor on the stranger's page, whose browser is new."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(30_000)
    watched = watch(context)
    watched.page.goto(story.site)
    yield watched
    context.close()
    watched.check()


def open_chat(page: Page) -> None:
    launcher = page.get_by_role("button", name="Open chat")
    launcher.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(launcher).to_have_count(0)


def ask(page: Page, question: str) -> None:
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.fill(question)
    field.press("Enter")


def wait_for_answer(page: Page) -> None:
    """Wait until nothing is being written any more: only then can an answer be rated."""
    expect(last_answer(page).get_by_role("button", name="Copy answer")).to_be_visible(
        timeout=30_000
    )


def test_it_costs_the_page_one_request_before_anybody_is_interested(
    story: Story, browser: Browser
) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(story.site, wait_until="networkidle")

    assert [url for url in asked if url.startswith(story.home)] == [f"{story.home}/widget.js"]
    assert all(url.startswith((story.home, story.site, "data:")) for url in asked)
    context.close()


def test_it_welcomes_and_suggests_and_answers_with_citations(victor: Watched) -> None:
    page = victor.page
    shoot(page, "widget-closed")
    open_chat(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("I have read RagWidget's documentation")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    shoot(page, "widget-welcome")

    dialog.get_by_role("button", name=INSTALL).click()
    expect(dialog.get_by_role("article", name="You")).to_have_text(INSTALL)
    expect(dialog.get_by_role("button", name="Stop answering")).to_be_visible()
    wait_for_answer(page)

    answer = last_answer(page)
    expect(answer).to_contain_text("copy the snippet")
    marks = answer.get_by_role("button", name=re.compile("^Source 1:"))
    expect(marks.first).to_be_visible()
    card = answer.get_by_role("list", name="Sources").get_by_role("listitem").first
    expect(card).to_contain_text("RagWidget handbook.pdf")
    expect(card).to_contain_text("Page 1")
    shoot(page, "widget-answer")

    marks.first.click()
    expect(page.get_by_role("note")).to_contain_text("origin")
    shoot(page, "widget-passage")


def test_it_understands_a_follow_up(victor: Watched) -> None:
    open_chat(victor.page)
    ask(victor.page, "Which files can it read?")
    wait_for_answer(victor.page)
    expect(last_answer(victor.page)).to_contain_text("PPTX")
    ask(victor.page, "And how large may one be?")
    expect(victor.page.get_by_role("article", name="Answer")).to_have_count(2)
    wait_for_answer(victor.page)

    expect(last_answer(victor.page)).to_contain_text("50 MB")


def test_it_goes_on_where_it_was_after_a_reload_in_the_middle(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    ask(page, "Where are conversations kept, and what happens when I reload?")
    expect(last_answer(page)).to_contain_text(re.compile(r"\w+ \w+ \w+"))
    seen = last_answer(page).inner_text()

    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("article", name="You")).to_have_count(1)
    wait_for_answer(page)

    whole = last_answer(page).inner_text()
    assert len(whole) > len(seen)
    assert whole.count("finds the conversation where it was") == 1
    expect(page.get_by_role("article", name="Answer")).to_have_count(1)


def test_it_keeps_the_conversation_after_a_reload_and_starts_another_when_asked(
    victor: Watched,
) -> None:
    page = victor.page
    open_chat(page)
    ask(page, "How many questions may a visitor ask?")
    wait_for_answer(page)
    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()

    expect(last_answer(page)).to_contain_text("50 questions an hour")
    expect(last_answer(page).get_by_role("list", name="Sources")).to_be_visible()

    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("article", name="Answer")).to_have_count(0)
    expect(page.get_by_role("button", name=INSTALL)).to_be_visible()


def test_it_admits_that_the_sources_do_not_answer_and_cites_nothing(victor: Watched) -> None:
    open_chat(victor.page)
    ask(victor.page, "Who won the football world cup in 1998?")
    wait_for_answer(victor.page)

    expect(last_answer(victor.page)).to_contain_text("can't find an answer")
    expect(last_answer(victor.page).get_by_role("list", name="Sources")).to_have_count(0)
    shoot(victor.page, "widget-refusal")


def test_it_stops_when_asked_and_tries_again(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    ask(page, "Where are conversations kept, and what happens when I reload?")
    expect(last_answer(page)).to_contain_text(re.compile(r"\w+ \w+"))
    page.get_by_role("button", name="Stop answering").click()
    expect(last_answer(page)).to_contain_text("Stopped")

    last_answer(page).get_by_role("button", name="Try again").click()
    wait_for_answer(page)
    expect(last_answer(page)).to_contain_text("finds the conversation where it was")


def test_it_says_why_it_does_not_work_on_a_website_that_is_not_listed(
    story: Story, browser: Browser
) -> None:
    context = browser.new_context()
    mallory = watch(context)
    mallory.expect_problem("403")
    mallory.expect_problem("RagWidget:")
    mallory.page.goto(story.site.replace("127.0.0.1", "localhost"))
    open_chat(mallory.page)

    dialog = mallory.page.get_by_role("dialog")
    expect(dialog).to_contain_text("not available on this website")
    expect(dialog.get_by_role("textbox")).to_be_hidden()
    expect(dialog.get_by_text("Answers come from")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Close chat")).to_be_focused()
    shoot(mallory.page, "widget-not-listed")
    check_accessible(mallory.page, within="rag-widget")
    mallory.page.keyboard.press("Escape")
    open_chat(mallory.page)
    told = [problem for problem in mallory.problems if "RagWidget:" in problem]
    assert len(told) == 1
    assert mallory.page.evaluate("origin") in told[0]
    context.close()
    mallory.check()


def test_it_is_calm_while_the_chatbot_is_paused_and_works_again_when_it_is_not(
    victor: Watched,
) -> None:
    page = victor.page
    victor.expect_problem("403")
    paused = {"error": {"code": "chatbot_paused", "message": "Back on Monday."}}
    page.route(
        "**/api/v1/chatbots/*",
        lambda route: route.fulfill(
            status=403, json=paused, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    open_chat(page)
    expect(page.get_by_role("alert")).to_have_text("Back on Monday.")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_hidden()

    page.keyboard.press("Escape")
    page.unroute_all()
    open_chat(page)
    expect(page.get_by_role("button", name=INSTALL)).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()


def test_it_leaves_room_to_read_on_a_phone_held_sideways(story: Story, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 844, "height": 390}, has_touch=True, is_mobile=True
    )
    watched = watch(context)
    page = watched.page
    page.goto(story.site)
    open_chat(page)
    expect(page.get_by_role("button", name=INSTALL)).to_be_visible()
    field = page.get_by_role("dialog").get_by_role("textbox")
    expect(field).not_to_be_focused()
    expect(field).to_have_css("font-size", "16px")

    watched.expect_problem("ERR_INTERNET_DISCONNECTED")
    context.set_offline(True)
    ask(page, "Is anybody there?")
    expect(page.get_by_role("alert")).to_contain_text("offline")
    assert page.get_by_role("log").bounding_box()["height"] > 200
    context.close()
    watched.check()


def test_it_says_that_the_line_is_dead_and_keeps_what_was_typed(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    expect(page.get_by_role("button", name=INSTALL)).to_be_visible()
    victor.expect_problem("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    ask(page, "Is anybody there?")

    expect(page.get_by_role("dialog")).to_contain_text("offline")
    assert "Is anybody there?" in (
        page.get_by_role("textbox").input_value() + page.get_by_role("dialog").inner_text()
    )
    page.context.set_offline(False)


def test_it_works_by_keyboard_and_gives_the_focus_back(victor: Watched) -> None:
    page = victor.page
    launcher = page.get_by_role("button", name="Open chat")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_accessible_open_and_answered(victor: Watched, scheme: str, width: int) -> None:
    page = victor.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 780})
    open_chat(page)
    ask(page, "Which files can it read?")
    wait_for_answer(page)
    shoot(page, f"widget-{width}-{scheme}")

    check_accessible(page, within="rag-widget")
