"""What Mallory leaves in a page or its storage without a script neither runs nor silences it."""

from __future__ import annotations

import json

import pytest
from chatting import Visit, ask, open_chat
from hosting import PROSE, Hosts

CLOBBERING = {
    "the script": '<img name="currentScript" src="{evil}/" data-chatbot="x" alt="">',
    "no script": '<form name="currentScript"><input name="src"><input name="dataset"></form>',
    "the global": '<form id="RagWidget"><input name="forEach"></form>',
    "the title": '<form name="title"></form>',
}


@pytest.mark.parametrize("html", CLOBBERING.values(), ids=CLOBBERING.keys())
def test_no_name_in_a_page_takes_the_place_of_what_the_widget_looks_for(
    hosts: Hosts, visit: Visit, html: str
) -> None:
    evil = hosts.put_up("/evil/", "a picture", "image/svg+xml").removesuffix("/")
    victor = visit("about:blank")
    asked: list[str] = []
    victor.page.on("request", lambda request: asked.append(request.url))

    victor.page.goto(hosts.page(html.format(evil=evil) + PROSE + hosts.line()))
    open_chat(victor.page)
    ask(victor.page, "Does it float?")

    assert [url for url in asked if url.startswith(f"{evil}/") and url != f"{evil}/"] == []


POISON = [
    "5",
    '"<img src=x>"',
    '{"token": "\u2603"}',
    '{"token": {}, "conversation": {}}',
    '{"conversation": "0192f0c1-0000-7000-8000-000000000000"}',
    '{"token": "x", "conversation": "../chatbots/CHATBOT?"}',
    '{"draft": {}, "mode": {}, "said": 5}',
    '{"__proto__": {"token": "x"}}',
]


def test_nothing_in_the_storage_silences_it(hosts: Hosts, visit: Visit) -> None:
    chatbot = hosts.chatbots["alice"]
    key = f"rag-widget:{chatbot}"
    page = visit(hosts.page()).page
    open_chat(page)
    for poison in POISON:
        written = [key, poison.replace("CHATBOT", chatbot)]
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", written)
        page.reload()
        ask(page, "Does it float?")
        kept = json.loads(page.evaluate("(key) => localStorage.getItem(key)", key))
        assert kept["token"], poison
