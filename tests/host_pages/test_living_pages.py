"""Pages that change under the widget, and the many ways in which its line gets into one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from threading import Event

import pytest
from browsing import last_answer, launch
from chatting import Visit, ask, open_chat, send
from hosting import PROSE, Hosts
from playwright.sync_api import Playwright, Route, expect

pytestmark = pytest.mark.browser

PARSER = """<script>const parse = (line) =>
  document.createRange().createContextualFragment("<h1>Another page</h1>" + line);</script>"""
SWAPS = {
    "the body, as Turbo does": """(line) => {
      const body = document.createElement("body");
      body.append(parse(line));
      document.body.replaceWith(body);
      history.pushState({}, "", "?another");
    }""",
    "what the body holds": """(line) => {
      document.body.replaceChildren(parse(line));
    }""",
    "the part with the line in it, as htmx does": """(line) => {
      const tag = document.querySelector("script[data-chatbot]");
      tag.parentNode.replaceChildren(parse(line));
      history.pushState({}, "", "?another");
    }""",
    "everything but the root": """(line) => {
      document.head.innerHTML = "<title>Another page</title>";
      document.body.innerHTML = "<h1>Another page</h1>";
      history.pushState({}, "", "?another");
    }""",
}


def test_a_click_before_the_chat_has_come_back_closes_nothing(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    held: list[Route] = []
    page.route(re.compile(r"/assets/widget\.\w+\.js$"), lambda route: held.append(route))
    page.reload()
    page.get_by_role("button", name="Open chat").click()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()

    expect(page.get_by_role("dialog").get_by_role("heading").first).not_to_be_empty()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()


def test_a_question_waits_until_what_was_said_is_drawn(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    ask(page, "One?")
    held: list[Route] = []
    page.route(re.compile(r"/assets/widget-more\.\w+\.js$"), lambda route: held.append(route))
    page.reload()
    while not held:
        page.wait_for_timeout(20)
    send(page, "Two?")
    page.wait_for_timeout(300)  # long enough for it to be asked too early
    held[0].continue_()

    asked = page.get_by_role("article", name="You")
    expect(asked).to_have_count(2)
    expect(asked.last).to_have_text("Two?")
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
def test_an_open_chat_survives_a_page_that_swaps(hosts: Hosts, visit: Visit, swap: str) -> None:
    victor = visit(hosts.page(PROSE + f"<div>{hosts.line()}</div>", head=PARSER))
    page = victor.page
    open_chat(page)
    ask(page, "Are you there?")
    page.get_by_role("textbox").fill("Half a questi")

    page.evaluate(swap, hosts.line())
    page.evaluate(swap, hosts.line())
    page.wait_for_load_state("networkidle")
    victor.expect_problem("favicon")  # the head that named it is gone

    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("textbox")).to_have_value("Half a questi")
    ask(page, "Still there?")
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open chat")).to_have_count(1)


def test_an_answer_goes_on_while_the_page_swaps(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page(head=PARSER))
    page = victor.page
    open_chat(page)
    swapped = Event()
    hosts.engine.will_say("Before ", swapped, "and after.")
    send(page, "Do you go on?")
    expect(last_answer(page)).to_contain_text("Before")
    page.evaluate(SWAPS["the body, as Turbo does"], hosts.line())
    swapped.set()

    expect(last_answer(page)).to_contain_text("Before and after.")


def test_it_comes_back_from_the_back_forward_cache_as_it_was(
    hosts: Hosts, playwright: Playwright
) -> None:
    elsewhere = hosts.page("<h1>Elsewhere</h1>")
    with launch(playwright, ignore_default_args=["--disable-back-forward-cache"]) as browser:
        page = browser.new_page()
        page.goto(hosts.page())
        page.evaluate("addEventListener('pageshow', ({ persisted }) => (window.kept = persisted))")
        open_chat(page)
        ask(page, "Do you wait for me?")
        page.get_by_role("textbox").fill("Half a questi")

        page.goto(elsewhere)
        page.go_back(wait_until="commit")

        assert page.evaluate("window.kept"), "the page was not kept"
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_value("Half a questi")
        expect(page.get_by_role("article", name="Answer")).to_have_count(1)
        ask(page, "And now?")
        expect(page.get_by_role("article", name="Answer")).to_have_count(2)


def test_it_listens_to_nothing_that_keeps_a_page_out_of_the_cache(
    hosts: Hosts, visit: Visit
) -> None:
    spy = """<script>
      window.heard = [];
      const { addEventListener } = EventTarget.prototype;
      EventTarget.prototype.addEventListener = function (name, ...rest) {
        heard.push(name);
        return addEventListener.call(this, name, ...rest);
      };
    </script>"""
    victor = visit(hosts.page(head=spy))
    open_chat(victor.page)
    ask(victor.page, "Do you hold me back?")

    heard = set(victor.page.evaluate("heard"))
    assert "click" in heard
    assert not heard & {"unload", "beforeunload"}


def test_it_is_not_printed(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page())
    open_chat(victor.page)
    victor.page.emulate_media(media="print")

    expect(victor.page.get_by_role("dialog")).to_be_hidden()
    expect(victor.page.locator("rag-widget")).to_be_hidden()
    expect(victor.page.get_by_role("heading", name="Somebody else’s website")).to_be_visible()


PLACES: dict[str, Callable[[Hosts], str]] = {
    "at the end of the body": lambda hosts: hosts.page(PROSE + hosts.line(how="")),
    "in the head": lambda hosts: hosts.page(PROSE, head=hosts.line(how="")),
    "in the head, async": lambda hosts: hosts.page(PROSE, head=hosts.line()),
    "in the head, deferred": lambda hosts: hosts.page(PROSE, head=hosts.line(how="defer")),
    "twice": lambda hosts: hosts.page(hosts.line() + PROSE + hosts.line(how="")),
    "by a tag manager": lambda hosts: hosts.page(
        PROSE
        + f"""<script>
          const tag = document.createElement("script");
          tag.src = "{hosts.product}/widget.js";
          tag.dataset.chatbot = "{hosts.chatbots["alice"]}";
          document.head.append(tag);
        </script>"""
    ),
    "as a module": lambda hosts: hosts.page(PROSE + hosts.line(how='type="module"')),
    "on a page with a base elsewhere": lambda hosts: hosts.page(
        head='<base href="https://elsewhere.example/deep/">'
    ),
    "written by document.write": lambda hosts: hosts.page(
        "<script>document.write({})</script>".format(
            json.dumps(PROSE + hosts.line(how="")).replace("</", r"<\/")
        )
    ),
    "on a page that wraps customElements.define": lambda hosts: hosts.page(
        head="""<script>
          const define = customElements.define.bind(customElements);
          customElements.define = (name, type) => define(name, class extends type {});
        </script>"""
    ),
    "on a page with a registry of its own": lambda hosts: hosts.page(
        head="""<script>
          const own = new Map(), native = window.customElements;
          Object.defineProperty(window, "customElements", { value: {
            define(name, type) { own.set(name, type); native.define(name, type) },
            get: (name) => own.get(name),
            whenDefined: (name) => native.whenDefined(name),
            upgrade() {},
          } });
        </script>"""
    ),
    "on a page without popovers": lambda hosts: hosts.page(
        head="<script>"
        "for (const name of ['popover', 'showPopover', 'hidePopover', 'togglePopover'])"
        " delete HTMLElement.prototype[name]"
        "</script>"
    ),
    "on a page in quirks mode": lambda hosts: hosts.put_up(
        "/quirks", f"<title>Old</title><link rel=icon href=data:,>{PROSE}{hosts.line()}"
    ),
    "on a page that is XHTML": lambda hosts: hosts.put_up(
        "/xhtml",
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Strict</title>'
        '<link rel="icon" href="data:,"/></head><body><h1>Strict</h1>'
        + hosts.line(how='async="async"')
        + "</body></html>",
        "application/xhtml+xml",
    ),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_it_works_wherever_the_line_stands(
    hosts: Hosts, visit: Visit, place: Callable[[Hosts], str]
) -> None:
    victor = visit(place(hosts))

    expect(victor.page.get_by_role("button", name="Open chat")).to_have_count(1)
    open_chat(victor.page)
    ask(victor.page, "Does it work here?")


def test_it_waits_for_nothing_when_a_written_page_replaces_the_first(
    hosts: Hosts, visit: Visit
) -> None:
    """`document.open` empties the page, and with it the launcher: the line brings it back."""
    victor = visit(hosts.page())
    open_chat(victor.page)
    victor.page.evaluate(
        "(html) => { document.open(); document.write(html); document.close() }",
        f"<!doctype html><title>Written</title>{PROSE}{hosts.line(how='')}",
    )

    expect(victor.page.get_by_role("dialog")).to_be_visible()
    ask(victor.page, "Does it work here?")
