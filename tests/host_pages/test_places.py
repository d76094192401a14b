"""A chat that has a place in the page, made and moved by whatever builds pages."""

from __future__ import annotations

import pytest
from browsing import check_accessible, shoot
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ADD = """([chatbot, mode]) => {
  const widget = document.createElement("rag-widget");
  document.querySelector("main").append(widget);
  if (mode) widget.setAttribute("mode", mode);
  widget.setAttribute("chatbot", chatbot);
}"""


def place(hosts: Hosts, traits: str = 'style="height: 480px"', whose: str = "alice") -> str:
    return f'<rag-widget chatbot="{hosts.chatbots[whose]}" mode="inline" {traits}></rag-widget>'


def script(hosts: Hosts) -> str:
    """Return the script alone, which only says what the element is."""
    return f'<script src="{hosts.product}/widget.js" async></script>'


def chat(page: Page) -> Locator:
    return page.get_by_role("region", name="Alice's bicycles")


def ask_in(chat: Locator, question: str) -> None:
    chat.get_by_role("textbox").fill(question)
    chat.get_by_role("textbox").press("Enter")
    expect(chat.get_by_role("article", name="Answer").last).to_contain_text("Yes.")


def test_it_fills_its_box_and_is_no_dialog(hosts: Hosts, visit: Visit) -> None:
    body = f'<main style="width: 500px">{place(hosts)}</main><h2>Below</h2>{script(hosts)}'
    page = visit(hosts.page(PROSE + body)).page
    expect(chat(page).get_by_role("textbox")).to_be_visible()

    box = chat(page).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (500, 480)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Open chat")).to_have_count(0)
    expect(chat(page).get_by_role("button", name="Close chat")).to_have_count(0)
    expect(page.locator("body")).to_be_focused()
    ask_in(chat(page), "Do you stay where you are?")
    page.keyboard.press("Escape")
    expect(chat(page)).to_be_visible()
    check_accessible(page, within="rag-widget")
    shoot(page, "widget-inline")


def test_it_is_fetched_when_it_comes_into_view(hosts: Hosts, visit: Visit) -> None:
    tall = '<div style="height: 4000px"></div>'
    victor = visit(hosts.page(PROSE + tall + place(hosts) + script(hosts)))
    asked: list[str] = []
    victor.page.on("request", lambda request: asked.append(request.url))
    victor.page.reload(wait_until="networkidle")
    assert [url for url in asked if "assets" in url or "api" in url] == []

    victor.page.locator("rag-widget").scroll_into_view_if_needed()
    expect(chat(victor.page).get_by_role("textbox")).to_be_visible()


def test_it_stays_open_while_another_chat_opens(hosts: Hosts, visit: Visit) -> None:
    body = place(hosts) + place(hosts) + hosts.line("bob")
    page = visit(hosts.page(PROSE + body)).page
    page.get_by_role("button", name="Open chat").click()

    expect(page.get_by_role("dialog")).to_be_visible()
    expect(chat(page).first).to_be_visible()


def test_a_framework_makes_it_moves_it_and_takes_it_away(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(f"<main></main><aside></aside>{script(hosts)}")).page
    page.wait_for_function("!!customElements.get('rag-widget')")
    page.evaluate(ADD, [hosts.chatbots["alice"], "inline"])
    ask_in(chat(page), "Do you come along?")
    chat(page).get_by_role("textbox").fill("Half a questi")

    page.evaluate("document.querySelector('aside').append(document.querySelector('rag-widget'))")
    expect(chat(page).get_by_role("textbox")).to_have_value("Half a questi")
    page.evaluate("document.querySelector('rag-widget').remove()")
    expect(chat(page)).to_have_count(0)
    page.evaluate(ADD, [hosts.chatbots["alice"], "inline"])
    expect(chat(page).get_by_role("article", name="Answer")).to_have_count(1)
    page.evaluate(
        "(bob) => document.querySelector('rag-widget').setAttribute('chatbot', bob)",
        hosts.chatbots["bob"],
    )
    expect(chat(page)).to_have_count(0)
    expect(page.get_by_role("region").get_by_role("article", name="Answer")).to_have_count(0)


def test_an_element_of_the_page_has_a_launcher_too(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(f"<main></main>{script(hosts)}")).page
    page.wait_for_function("!!customElements.get('rag-widget')")
    page.evaluate(ADD, [hosts.chatbots["alice"], None])
    page.evaluate("document.querySelector('rag-widget').open()")

    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()


def test_it_fills_a_page_of_its_own(hosts: Hosts, visit: Visit) -> None:
    whole = place(hosts, traits="").replace("inline", "full")
    page = visit(hosts.page(f"<style>body {{ margin: 0 }}</style>{whole}{script(hosts)}")).page
    expect(chat(page).get_by_role("textbox")).to_be_visible()

    box = chat(page).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1280, 860)
    ask_in(chat(page), "Is there room for a long question that goes on and on?")
    shoot(page, "widget-full")


def test_hostile_sheets_leave_it_usable(hosts: Hosts, visit: Visit) -> None:
    hostile = (
        "* { all: unset !important; font-size: 40px !important; letter-spacing: 1em !important }"
    )
    page = visit(hosts.page(place(hosts) + script(hosts), head=f"<style>{hostile}</style>")).page
    field = chat(page).get_by_role("textbox")
    expect(field).to_have_css("font-size", "16px")
    expect(field).to_have_css("letter-spacing", "normal")
    ask_in(chat(page), "Can you be read?")
