"""Pages whose style sheets want everything their own way: the chat looks the same on all."""

from __future__ import annotations

from typing import Any

import pytest
from chatting import ask, open_chat
from hosting import Hosts
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

SHEETS = {
    "all unset": "* { all: unset; font-size: 40px !important }",
    "all unset, importantly": "* { all: unset !important }",
    "no button": "button { display: none }",
    "no div": "body div, html div, rag-widget { display: none !important }",
    "small rem": "html { font-size: 62.5% }",
    "typography": (
        "* { line-height: 3 !important; letter-spacing: 3px !important; color: red !important;"
        " text-transform: uppercase !important; box-sizing: content-box !important }"
    ),
    "right to left": "html { direction: rtl }",
    "transformed": "body, html { transform: translateZ(0); min-height: 4000px }",
    "svg and inputs": (
        "svg, img { width: 100% !important; height: auto !important; fill: red !important }"
        " input, textarea, button { width: 100% !important; padding: 30px !important }"
    ),
    "resets of a framework": (
        "*, ::before, ::after { box-sizing: border-box; margin: 0; border: 0 solid }"
        " body { font: 1.25rem/1.9 serif; -webkit-text-size-adjust: 100% }"
        " button, textarea { font: inherit; border-radius: 0; background: none }"
        " svg { display: block; vertical-align: middle } [hidden] { display: none }"
        " :focus-visible { outline: 0 } [popover] { inset: 0; margin: auto; padding: 2em }"
        " dialog, [role=dialog] { position: static; max-width: 90% }"
    ),
}
MEASURE = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  const all = [...root.querySelectorAll("*")].filter((node) => node.checkVisibility());
  return all.map((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    const text = Object.fromEntries([
      "fontSize", "fontFamily", "fontWeight", "lineHeight", "letterSpacing", "textTransform",
      "textAlign", "direction", "color", "fill", "backgroundColor", "cursor",
    ].map((name) => [name, style[name]]));
    return { what: node.localName + "." + node.className, box: [x, y, width, height], text };
  });
}"""
MOST_DRIFT = 2  # pixels


Measures = list[dict[str, Any]]


@pytest.fixture(scope="module")
def clean(hosts: Hosts, browser: Browser) -> Measures:
    """What the chat measures on a page without a style sheet."""
    return measured(hosts, browser, "")


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_it_looks_the_same(hosts: Hosts, browser: Browser, clean: Measures, sheet: str) -> None:
    check_same(clean, measured(hosts, browser, sheet))


def check_same(clean: Measures, found: Measures) -> None:
    """Fail when a box has moved or a text has another style."""
    assert [each["what"] for each in found] == [each["what"] for each in clean]
    assert [each["text"] for each in found] == [each["text"] for each in clean]
    for there, here in zip(clean, found, strict=True):
        drift = [abs(a - b) for a, b in zip(there["box"], here["box"], strict=True)]
        assert max(drift) <= MOST_DRIFT, (there, here)


def test_a_chat_in_its_place_in_the_page_looks_the_same(hosts: Hosts, browser: Browser) -> None:
    place = f'<rag-widget chatbot="{hosts.chatbots["alice"]}" mode="inline"></rag-widget>'
    script = f'<script src="{hosts.product}/widget.js" async></script>'
    box = "#box { position: fixed !important; inset: 20px auto auto 20px; width: 500px !important }"
    found = []
    for sheet in ("", SHEETS["typography"] + SHEETS["right to left"]):
        with browser.new_context(viewport={"width": 1280, "height": 860}) as context:
            page = context.new_page()
            body = f'<div id="box">{place}</div>{script}'
            page.goto(hosts.page(body, head=f"<style>{box} {sheet}</style>"))
            expect(page.get_by_role("region").get_by_role("heading")).not_to_be_empty()
            found.append(page.evaluate(MEASURE))

    check_same(*found)


def measured(hosts: Hosts, browser: Browser, sheet: str) -> Measures:
    """Return the boxes and text styles of the launcher, then of the open and answered chat."""
    with browser.new_context(
        viewport={"width": 1280, "height": 860}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(hosts.page(head=f"<style>{sheet}</style>"))
        expect(page.get_by_role("button", name="Open chat")).to_be_visible()
        closed: Measures = page.evaluate(MEASURE)
        open_chat(page)
        hosts.engine.will_say("One **strong** word.\n\n- and `a` list\n\n> Said.")
        ask(page, "How do you look?", "One strong word.")
        return closed + page.evaluate(MEASURE)
