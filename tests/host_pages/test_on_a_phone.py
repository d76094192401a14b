"""On a phone the chat is all that is seen; it goes by swipe and back button."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import check_accessible, shoot
from chatting import ask, open_chat
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
LONG = PROSE + "<p>Bread.</p>" * 100
STILL = "(node) => Promise.all(node.getAnimations().map(({ finished }) => finished))"
OLD = "<script>delete window.CloseWatcher</script>"


def tap(page: Page) -> None:
    """Open the chat with a finger, and wait for what only a phone needs."""
    with page.expect_response("**/assets/widget-phone.*"):
        page.get_by_role("button", name="Open chat").tap()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()
    page.get_by_role("dialog").evaluate(STILL)


def swipe(page: Page, x: float, start: float, end: float, steps: int = 8) -> None:
    """Move a finger down or up."""
    touch = page.context.new_cdp_session(page)
    for step in range(steps + 1):
        point = {"x": x, "y": start + (end - start) * step / steps}
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(16)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_whoever_wants_to_go_back_closes_it(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(LONG + hosts.line()), **PHONE).page
    length = page.evaluate("history.length")
    for opened in (tap, open_chat):
        opened(page)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Escape")  # the same as the button, to a browser
        expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("history.length") == length

    open_chat(page)
    page.get_by_role("button", name="Conversations").tap()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_back_button_closes_it_where_a_browser_does_not_say_so(
    hosts: Hosts, visit: Visit
) -> None:
    before = hosts.page("<h1>Before</h1>")
    page = visit(before, **PHONE).page
    page.goto(hosts.page(LONG + hosts.line(), head=OLD))
    page.evaluate("scrollTo(0, 500)")
    tap(page)
    page.wait_for_function("history.state?.ragWidget")
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()
    assert page.evaluate("[history.state, scrollY]") == [None, 500]

    page.get_by_role("button", name="Open chat").tap()
    page.wait_for_function("history.state?.ragWidget")
    page.get_by_role("button", name="Close chat").tap()
    page.wait_for_function("history.state === null")
    page.go_back()
    assert page.url == before


def test_it_goes_back_no_further_than_where_it_was_opened(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(PROSE + hosts.line(), head=OLD), **PHONE).page
    tap(page)
    page.wait_for_function("history.state?.ragWidget")
    page.evaluate("history.pushState({ router: 8 }, '', '?another')")
    page.get_by_role("button", name="Close chat").tap()

    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_timeout(200)
    assert page.url.endswith("?another")
    assert page.evaluate("history.state") == {"router": 8}


def test_it_leaves_a_history_alone_that_a_router_keeps(hosts: Hosts, visit: Visit) -> None:
    router = """<script>
      window.routed = 0;
      history.replaceState({ turbo: { restorationIndex: 0 } }, "");
      addEventListener("popstate", () => routed++);
    </script>"""
    page = visit(hosts.page(PROSE + hosts.line() + router, head=OLD), **PHONE).page
    length = page.evaluate("history.length")
    tap(page)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Close chat").tap()

    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_timeout(200)
    assert page.evaluate("[history.length, routed]") == [length, 0]
    assert page.evaluate("history.state") == {"turbo": {"restorationIndex": 0}}


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_swipe_down_on_its_header_closes_it(hosts: Hosts, visit: Visit, motion: Any) -> None:
    page = visit(hosts.page(LONG + hosts.line()), **PHONE, reduced_motion=motion).page
    tap(page)
    dialog = page.get_by_role("dialog")
    swipe(page, 120, 30, 80, steps=20)
    page.wait_for_timeout(300)
    expect(dialog).to_be_visible()
    assert dialog.bounding_box()["y"] == 0

    swipe(page, 120, 30, 300)
    expect(dialog).to_be_hidden()
    assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name="Open chat").tap()
    dialog.evaluate(STILL)
    assert dialog.bounding_box()["y"] == 0


def test_the_page_behind_it_stays_where_it_is(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(LONG + hosts.line()), **PHONE).page
    page.evaluate("scrollTo(0, 300)")
    tap(page)
    for start in (500, 715):  # where nothing scrolls: the log, the footer
        swipe(page, 120, start, start - 300)
    swipe(page, 300, 20, 5)
    assert page.evaluate("scrollY") == 300

    hosts.engine.will_say("Rye on weekdays.\n\n" * 60)
    ask(page, "What is baked?", "Rye")
    log = page.get_by_role("log")
    for _ in range(3):
        swipe(page, 120, 200, 600)
    assert page.evaluate("scrollY") == 300
    assert log.evaluate("(log) => log.scrollTop") == 0


def test_its_keyboard_covers_nothing(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(LONG + hosts.line()), **PHONE).page
    tap(page)
    keyboard = """([height, offsetTop]) => {
      for (const [name, value] of Object.entries({ height, offsetTop })) {
        Object.defineProperty(visualViewport, name, { configurable: true, get: () => value });
      }
      visualViewport.dispatchEvent(new Event("resize"));
    }"""
    page.evaluate(keyboard, [400, 60])  # Safari moves what is seen, too
    box = page.get_by_role("dialog").bounding_box()
    assert (box["y"], box["height"]) == (60, 400)
    page.evaluate(keyboard, [740, 0])
    assert page.get_by_role("dialog").bounding_box()["height"] == 740

    page.set_viewport_size({"width": 820, "height": 1180})
    page.evaluate(keyboard, [700, 0])
    field = page.get_by_role("dialog").get_by_role("textbox").bounding_box()
    assert field["y"] + field["height"] < 700
    assert page.get_by_role("dialog").bounding_box()["y"] >= 0


def test_it_can_be_closed_in_a_sandbox(hosts: Hosts, visit: Visit) -> None:
    inside = hosts.page(PROSE + hosts.line(), head=OLD)
    frame = f'<iframe sandbox="allow-scripts" width=350 height=700 src="{inside}"></iframe>'
    victor = visit(hosts.page(frame), **PHONE)
    victor.expect_problem("403|RagWidget:")  # it has no origin, and so no chat
    page = victor.page
    inner = page.frame_locator("iframe")
    for _ in range(2):
        inner.get_by_role("button", name="Open chat").tap()
        expect(inner.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        inner.get_by_role("button", name="Close chat").tap()
        expect(inner.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_at_home_on_a_phone(hosts: Hosts, visit: Visit, scheme: Any) -> None:
    page = visit(hosts.page(LONG + hosts.line()), **PHONE, color_scheme=scheme).page
    tap(page)
    ask(page, "Do you look at home?")
    shoot(page, f"widget-phone-{scheme}")
    check_accessible(page, within="rag-widget")


def test_nobody_with_a_mouse_fetches_it(hosts: Hosts, visit: Visit) -> None:
    page = visit("about:blank", viewport={"width": 400, "height": 740}).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(hosts.page(PROSE + hosts.line()))
    open_chat(page)
    page.wait_for_load_state("networkidle")

    assert not [url for url in asked if "phone" in url]
