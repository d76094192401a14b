"""What a visitor does with answers: read in peace, rate with a word, ask once more."""

from __future__ import annotations

import pytest
from browsing import Watched, check_accessible, last_answer, shoot
from playwright.sync_api import expect
from test_visitor_story import INSTALL, UNCOMPOSE, ask, open_chat, story, victor, wait_for_answer

pytestmark = pytest.mark.browser

__all__ = ["story", "victor"]

FILES = "Which files can it read?"


def test_it_lets_the_reader_read_and_leads_to_the_latest(victor: Watched) -> None:
    page = victor.page
    page.set_viewport_size({"width": 1280, "height": 480})
    open_chat(page)
    ask(page, FILES)
    wait_for_answer(page)
    ask(page, "Where are conversations kept, and what happens when I reload?")
    log = page.get_by_role("log")
    log.evaluate("log => log.scrollTop = 0")
    wait_for_answer(page)

    assert log.evaluate("log => log.scrollTop") == 0
    latest = page.get_by_role("button", name="Jump to latest")
    expect(latest).to_have_attribute("data-count", "1")
    shoot(page, "widget-latest")
    latest.click()
    expect(latest).to_be_hidden()


def test_it_takes_a_word_with_a_thumb(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    ask(page, FILES)
    wait_for_answer(page)
    bad = last_answer(page).get_by_role("button", name="Bad answer")
    bad.press("Enter")
    expect(bad).to_have_attribute("aria-pressed", "true")
    why = page.get_by_role("textbox", name="What was wrong with it?")
    why.fill("Too long.")
    why.dispatch_event("keydown", UNCOMPOSE)
    shoot(page, "widget-comment")
    check_accessible(page, within="rag-widget")
    with page.expect_response("**/feedback") as kept:
        page.get_by_role("button", name="Send", exact=True).first.press("Enter")
    assert kept.value.json()["message"]["feedback"] == {"rating": "down", "comment": "Too long."}
    expect(last_answer(page)).to_contain_text("Thank you.")
    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")


def test_it_gives_a_question_back_to_be_asked_better(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    page.get_by_role("button", name=INSTALL).click()
    wait_for_answer(page)
    question = page.get_by_role("article", name="You")
    question.hover()
    shoot(page, "widget-edit")
    question.get_by_role("button", name="Edit and ask again").press("Enter")
    field = page.get_by_role("dialog").get_by_role("textbox")
    expect(field).to_be_focused()
    expect(field).to_have_value(INSTALL)
    page.reload()
    expect(last_answer(page)).to_be_visible()
    expect(field).to_have_value(INSTALL)
