"""What a visitor can add to a question: the way of answering, the sources, a human's help."""

from __future__ import annotations

import pytest
from browsing import Watched, check_accessible, last_answer, shoot
from playwright.sync_api import Route, expect
from test_visitor_story import ask, open_chat, story, victor, wait_for_answer

pytestmark = pytest.mark.browser

__all__ = ["story", "victor"]


def test_it_limits_a_question_to_the_sources_that_were_named(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.press_sequentially("Which files? @hand")
    options = page.get_by_role("listbox", name="Sources").get_by_role("option")
    expect(options.first).to_contain_text("RagWidget handbook.pdf")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(page.locator("rag-widget").get_by_role("status")).to_contain_text("arrow keys")
    shoot(page, "widget-mention")
    check_accessible(page, within="rag-widget")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Backspace")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Which files? ")
    chip = page.get_by_role("button", name="not only RagWidget handbook.pdf")
    expect(chip).to_be_visible()
    with page.expect_request("**/api/v1/chat") as asked:
        page.keyboard.press("Enter")
    assert len(asked.value.post_data_json["source_ids"]) == 1
    wait_for_answer(page)
    shoot(page, "widget-limited")
    chip.click()
    expect(chip).to_have_count(0)
    with page.expect_request("**/api/v1/chat") as asked:
        ask(page, "And how large may one be?")
    assert "source_ids" not in asked.value.post_data_json


def test_it_lists_the_sources_for_an_at_that_was_typed_before_the_chatbot_came(
    victor: Watched,
) -> None:
    page = victor.page
    held: list[Route] = []
    page.route("**/api/v1/chatbots/*", lambda route: held.append(route))
    open_chat(page)
    page.get_by_role("dialog").get_by_role("textbox").press_sequentially("@hand")
    page.wait_for_timeout(300)  # longer than it waits for the next key
    held[0].continue_()
    options = page.get_by_role("listbox", name="Sources").get_by_role("option")
    expect(options.first).to_contain_text("RagWidget handbook.pdf")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_offers_the_ways_of_answering_that_the_owner_allows(
    victor: Watched, scheme: str
) -> None:
    page = victor.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 740})

    def allow(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "modes": ["strict", "creative"]})

    page.route("**/api/v1/chatbots/*", allow)
    page.route("**/api/v1/chat", lambda route: route.abort())
    victor.expect_problem("ERR_FAILED")
    open_chat(page)
    modes = page.get_by_role("combobox", name="Way of answering")
    modes.select_option("Creative")
    shoot(page, f"widget-modes-{scheme}")
    check_accessible(page, within="rag-widget")
    with page.expect_request("**/api/v1/chat") as asked:
        ask(page, "Which files?")
    assert asked.value.post_data_json["mode"] == "creative"


def test_it_takes_a_message_for_a_human_where_the_sources_do_not_answer(victor: Watched) -> None:
    page = victor.page
    open_chat(page)
    ask(page, "Who won the football world cup in 1998?")
    wait_for_answer(page)
    last_answer(page).get_by_role("button", name="Leave a message").press("Enter")
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_focused()
    name.fill("Victor")
    page.get_by_role("textbox", name="Your e-mail address").fill("victor@nowhere.invalid")
    page.get_by_role("textbox", name="Your message").fill("Who did?")
    shoot(page, "widget-contact")
    check_accessible(page, within="rag-widget")
    victor.expect_problem("422")
    page.get_by_role("button", name="Send the message").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("e-mail")
    page.get_by_role("textbox", name="Your e-mail address").fill("victor@example.org")
    page.get_by_role("button", name="Send the message").press("Enter")
    expect(page.get_by_role("region", name="Leave a message")).to_contain_text("get back to you")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Leave a message")).to_be_focused()
