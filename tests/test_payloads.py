"""Every trick in the book as Markdown: in the widget and the transcript, cut at every character."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from drawing import OUTWARD, Drawing
from payloads import payloads
from selectolax.lexbor import LexborHTMLParser

from ragwidget.web.rendering import render

HARMLESS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "del", "s", "code", "pre", "br"),
    *("a", "ul", "ol", "li", "blockquote", "hr", "div", "table", "thead", "tbody", "tr", "th"),
    "td",
}
TRAITS = {"a": {"href", "rel", "target", "data-host"}, "ol": {"start"}, "pre": {"tabindex"}}
TRAITS |= {"div": {"class", "tabindex"}, "td": {"class"}, "th": {"class"}}
FOLLOWED = {"http", "https", "mailto"}


@pytest.fixture(scope="module")
def drawing() -> Iterator[Drawing]:
    drawing = Drawing()
    yield drawing
    drawing.close()


def risks_in(nodes: list[Any]) -> Iterator[str]:
    """Yield what an answer should not be made of."""
    for node in nodes:
        if isinstance(node, list):
            tag, traits, *inside = node
            yield from risks_of(tag, traits)
            if "href" in traits and not OUTWARD.items() <= traits.items():
                yield "a link that leads inward"
            yield from risks_in(inside)


def risks_of(tag: str, traits: dict[str, str | None]) -> Iterator[str]:
    if tag not in HARMLESS:
        yield tag
    for name in traits.keys() - TRAITS.get(tag, set()):
        yield f"{tag} {name}"
    if "href" in traits and urlsplit(traits["href"] or "").scheme not in FOLLOWED:
        yield f"{tag} {traits['href']}"


def test_no_beginning_of_a_trick_draws_anything_that_can_run(drawing: Drawing) -> None:
    drawn = 0
    for trick in payloads():
        cut = [trick[:end] for end in range(1, len(trick) + 1)]
        for nodes in drawing.nodes(*([text] for text in cut)) + drawing.halves(*cut):
            assert list(risks_in(nodes)) == [], trick
            drawn += 1

    assert drawn > 60_000


def test_no_beginning_of_a_trick_renders_anything_that_can_run() -> None:
    rendered = 0
    for number, trick in enumerate(payloads()):
        every = number % 12 == 0  # a rendering costs more than a drawing
        for end in range(1, len(trick) + 1) if every else [len(trick)]:
            html = render(trick[:end], [(end // 2, 1)], "s-")
            for node in LexborHTMLParser(html).body.css("*")[1:]:
                mark = node.tag == "sup" or (node.attributes.get("href") or "").startswith("#s-")
                if not mark:
                    assert list(risks_of(node.tag, node.attributes)) == [], trick
            rendered += 1

    assert rendered > 3000
