"""What people ask of their browser: less motion, dark, other colours, larger, wider apart."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from browsing import last_answer, shoot
from chatting import Visit, ask, open_chat, send
from hosting import PROSE, Hosts
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

MOVING = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  return [...document.getAnimations(), ...root.getAnimations()].map((each) => {
    return each.animationName ?? each.transitionProperty;
  });
}"""
LIGHTNESS = """() => {
  const panel = document.querySelector("rag-widget").shadowRoot.querySelector("[role=dialog]");
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(panel).backgroundColor;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data[1];
}"""
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important }
    * { word-spacing: 0.16em !important }
    p { margin-bottom: 2em !important }
  `);
  document.querySelector("rag-widget").shadowRoot.adoptedStyleSheets.push(sheet);
}"""
CUT = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  return [...root.querySelectorAll("*")].filter((node) => {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(node);
    if (!node.checkVisibility() || !node.clientWidth || textOverflow === "ellipsis") return false;
    const cuts = (overflow) => ["hidden", "clip"].includes(overflow);
    const wider = cuts(overflowX) && node.scrollWidth > node.clientWidth + 1;
    const taller = cuts(overflowY) && node.scrollHeight > node.clientHeight + 1;
    return (wider || taller) && node.textContent.trim() && node.clientHeight > 1;
  }).map((node) => `${node.localName}.${node.className}`);
}"""
OUTSIDE = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  const controls = [...root.querySelectorAll("button, textarea, a[href], summary")];
  const visible = controls.filter((node) => node.checkVisibility({ visibilityProperty: true }));
  return visible.filter((node) => {
    node.focus();
    if (root.activeElement !== node) return !node.disabled;
    const { left, top, right, bottom } = node.getBoundingClientRect();
    const seen = root.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const within = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return !within || !node.contains(seen);
  }).map((node) => node.ariaLabel || node.textContent || node.localName);
}"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_asked_for_less_motion(
    hosts: Hosts, visit: Visit, motion: str
) -> None:
    page = visit(hosts.page(), reduced_motion=motion).page
    page.get_by_role("button", name="Open chat").hover()
    moving = page.evaluate(MOVING)
    open_chat(page)
    moving += page.evaluate(MOVING)
    going = Event()
    hosts.engine.will_say(going, "Done.")
    send(page, "Do you move?")
    expect(last_answer(page)).to_contain_text("Looking through the sources")
    moving += page.evaluate(MOVING)
    going.set()
    expect(last_answer(page)).to_contain_text("Done.")

    assert bool(moving) == (motion == "no-preference"), moving


def test_it_is_dark_where_the_system_is_and_the_line_has_the_last_word(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page(), color_scheme="dark").page
    open_chat(page)
    assert page.evaluate(LIGHTNESS) < 60
    page.emulate_media(color_scheme="light")
    assert page.evaluate(LIGHTNESS) > 240

    page.goto(hosts.page(PROSE + hosts.line(scheme="dark")))
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(LIGHTNESS) < 60


def test_everything_can_be_seen_in_forced_colours(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(), forced_colors="active").page
    bordered = """(node) => {
      const { borderTopStyle, borderTopWidth } = getComputedStyle(node);
      return borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1;
    }"""
    launcher = page.get_by_role("button", name="Open chat")
    assert launcher.evaluate(bordered)
    open_chat(page)
    ask(page, "Do you see me?")
    thumb = page.get_by_role("button", name="Good answer")
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    page.get_by_role("textbox").last.focus()

    dialog = page.get_by_role("dialog")
    for shape in (dialog, page.get_by_role("article", name="You"), thumb):
        assert shape.evaluate(bordered), shape
    shoot(page, "widget-forced-colours")


@pytest.mark.parametrize("size", [(320, 256), (320, 640)], ids=["400 % of 1280", "small phone"])
def test_everything_can_be_reached_at_four_times_the_size(
    hosts: Hosts, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(hosts.page(), viewport={"width": size[0], "height": size[1]}).page
    open_chat(page)
    hosts.engine.will_say("A long answer. " * 30)
    ask(page, "Is there room for " + "everything " * 5 + "?", "A long answer.")

    check_whole(page)
    assert page.get_by_role("log").bounding_box()["height"] >= size[1] * 0.3
    shoot(page, f"widget-{size[0]}x{size[1]}")


def test_nothing_is_cut_when_text_is_spaced(hosts: Hosts, visit: Visit) -> None:
    """As WCAG 1.4.12 has it."""
    hosts.change(suggested_questions=["When do you open on Saturdays and before holidays?"])
    page = visit(hosts.page()).page
    open_chat(page)
    page.evaluate(SPACED)
    check_whole(page)
    hosts.engine.will_say("An answer with **many** words, `code`\n\n- and\n- a list")
    ask(page, "Is there room between my letters?", "An answer")
    check_whole(page)
    hosts.change(suggested_questions=[])


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_it_fits_every_width_and_both_directions(
    hosts: Hosts, visit: Visit, width: int, direction: str
) -> None:
    page = visit(
        hosts.page(html=f'lang="en" dir="{direction}"'), viewport={"width": width, "height": 800}
    ).page
    open_chat(page)
    ask(page, "Do you fit?")

    check_whole(page)
    panel: Any = page.get_by_role("dialog").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width
    if width < 480:
        assert (panel["x"], panel["y"], panel["width"], panel["height"]) == (0, 0, width, 800)
    page.keyboard.press("Escape")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def check_whole(page: Page) -> None:
    """Fail if something is cut off, or if a control cannot be brought into view."""
    assert page.evaluate(CUT) == []
    assert page.evaluate(OUTSIDE) == []
