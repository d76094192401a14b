"""What the pasted line costs a page: nothing moves, nobody else is asked, nothing stays."""

from __future__ import annotations

import pytest
from browsing import last_answer
from chatting import Visit, ask, open_chat, send
from hosting import PROSE, Hosts
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

SHIFTS = """<script>
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) shifts.push(value);
  }).observe({ type: "layout-shift", buffered: true });
</script>"""
BYSTANDERS = """() => ({
  globals: Object.keys(window).filter((name) => !(name in pristine)),
  body: [...document.body.attributes].map(({ name }) => name),
  root: [...document.documentElement.attributes].map(({ name }) => name),
  scroll: [scrollX, scrollY],
})"""
PRISTINE = "<script>window.pristine = { pristine: 1, ...window }</script>"


def watch_requests(page: Page) -> list[str]:
    """Return a list that every request of the page is added to."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_it_asks_for_one_file_before_anybody_is_interested(hosts: Hosts, visit: Visit) -> None:
    page = visit("about:blank").page
    asked = watch_requests(page)
    page.goto(hosts.page(), wait_until="networkidle")

    assert [url for url in asked if url.startswith(hosts.product)] == [f"{hosts.product}/widget.js"]
    page.get_by_role("button", name="Open chat").hover()
    page.wait_for_load_state("networkidle")
    assert len([url for url in asked if url.startswith(hosts.product)]) <= 3


def test_nothing_on_the_page_moves_and_nobody_else_is_asked(hosts: Hosts, visit: Visit) -> None:
    long = PROSE + "<p>A paragraph.</p>" * 80
    page = visit("about:blank").page
    asked = watch_requests(page)
    page.goto(hosts.page(long + hosts.line(), head=SHIFTS + PRISTINE))
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY === 400")
    open_chat(page)
    hosts.engine.will_say("See [this](https://example.org/) and ![that](https://example.org/a.png)")
    ask(page, "Who do you know?", "See this")
    page.get_by_role("button", name="Conversations").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    assert page.evaluate("shifts") == []
    assert page.evaluate(BYSTANDERS)["scroll"] == [0, 400]
    others = [url for url in asked if not url.startswith((hosts.product, hosts.site, "data:"))]
    assert others == []
    assert page.context.cookies() == []


def test_it_leaves_no_trace_but_its_element_and_its_one_global(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(head=PRISTINE)).page
    open_chat(page)
    ask(page, "Do you litter?")
    found = page.evaluate(BYSTANDERS)

    assert set(found["globals"]) <= {"RagWidget"}
    assert found["body"] == []
    assert found["root"] == ["lang"]
    assert page.evaluate("document.querySelectorAll('style, link[rel=stylesheet]').length") == 0
    strays = "[...document.querySelectorAll('body > *, html > *')].map((node) => node.localName)"
    assert set(page.evaluate(strays)) == {"head", "body", "h1", "p", "script", "rag-widget"}


def test_a_question_that_is_quicker_than_the_chat_does_not_stay_in_the_field(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page()).page
    page.route(
        "**/api/v1/chatbots/*", lambda route: (page.wait_for_timeout(700), route.continue_())
    )
    page.get_by_role("button", name="Open chat").click()
    send(page, "Are you there yet?")
    expect(last_answer(page)).to_contain_text("Yes.")

    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("")


def test_a_press_during_which_the_settings_arrive_opens_the_chat(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page()).page
    held: list[Route] = []
    page.route("**/api/v1/chatbots/*", lambda route: held.append(route))
    page.evaluate(
        "() => { window.ready = new Promise((met) => addEventListener('rag-widget:ready', met)) }"
    )
    page.get_by_role("button", name="Open chat").hover()
    while not held:
        page.wait_for_timeout(10)
    page.mouse.down()
    held.pop().continue_()
    page.evaluate("ready.then(() => true)")
    page.mouse.up()

    expect(page.get_by_role("dialog")).to_be_visible()
