"""Reading what was said: nothing lies on top of it, and nothing that was typed is lost."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from browsing import check_accessible, last_answer, shoot
from chatting import ask, open_chat
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

LONG = "Rye on weekdays, spelt on Saturdays.\n\n" * 30


def box(locator: Locator) -> dict[str, float]:
    """Return where something stands."""
    found = locator.bounding_box()
    assert found
    return dict(found)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_way_to_the_latest_lies_beside_what_to_ask_next(
    hosts: Hosts, visit: Visit, direction: str
) -> None:
    lang = "ar" if direction == "rtl" else "en"
    page = visit(hosts.page(html=f'lang="{lang}"'), viewport={"width": 360, "height": 640}).page
    page.get_by_role("button", name=re.compile("^(Open chat)$")).click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox")
    hosts.engine.will_say(LONG)
    field.fill("What is baked?")
    field.press("Enter")
    expect(dialog).to_contain_text("spelt")
    rag_widget = page.locator("rag-widget")
    rag_widget.evaluate(
        """({ shadowRoot }) => {
          const next = shadowRoot.querySelectorAll(".suggestions")[1];
          for (const text of ["What is baked on Saturdays, and until when is it sold?", "Why?"]) {
            const button = document.createElement("button");
            button.className = "suggestion";
            button.textContent = text;
            next.append(button);
          }
          const log = shadowRoot.querySelector(".log");
          log.scrollTop = log.scrollHeight - log.clientHeight - 60;
        }"""
    )
    latest = page.locator("rag-widget .down")
    expect(latest).to_be_visible()
    shoot(page, f"widget-latest-{direction}")
    here = box(latest)
    suggestions = page.locator("rag-widget .suggestion")
    expect(suggestions.get_by_text("Why?")).to_be_visible()
    for there in suggestions.evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
    ):
        assert there["x"] >= here["x"] + here["width"] or there["x"] + there["width"] <= here["x"]


def test_it_says_how_many_answers_are_below(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say(LONG)
    ask(page, "What is baked?", "spelt")

    page.get_by_role("button", name="Jump to latest 1").click()
    expect(page.get_by_role("button", name="Jump to latest")).to_be_hidden()
    check_accessible(page, within="rag-widget")


def test_it_tells_exactly_when_an_answer_was_given(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    ask(page, "When?")

    time = last_answer(page).get_by_role("time")
    given = datetime.fromisoformat(time.get_attribute("datetime") or "")
    assert abs((datetime.now(given.tzinfo) - given).total_seconds()) < 60
    expect(time).to_have_attribute("title", re.compile(str(given.year)))


def test_it_puts_a_question_back_into_the_field_before_what_was_typed(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    ask(page, "When do you open?")
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.fill("Half a questi")
    edit = page.get_by_role("button", name="Edit and ask again")
    edit.press("Enter")
    edit.press("Enter")

    expect(field).to_have_value("When do you open?\nHalf a questi")
    expect(field).to_be_focused()
    page.reload()
    expect(field).to_have_value("When do you open?\nHalf a questi")
