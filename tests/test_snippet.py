"""Finding the pasted line in a page, and what stands in its way."""

from __future__ import annotations

import pytest

from ragwidget.ingest.snippet import find_snippet

WIDGET = "https://chat.example.net/widget.js"
LINE = f'<script src="{WIDGET}" data-chatbot="b1" async></script>'


def codes(html: str = LINE, csp: str = "", page_url: str = "https://shop.example/") -> list[str]:
    headers = {"content-security-policy": csp} if csp else {}
    return [finding.code for finding in find_snippet(html, headers, "b1", WIDGET, page_url)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (LINE, ["fine"]),
        ("<p>Hello</p>", ["missing"]),
        ("", ["missing"]),
        (f"<!-- {LINE} -->", ["missing"]),
        (LINE.replace("b1", "b2"), ["wrong_chatbot"]),
        (LINE.replace('data-chatbot="b1"', ""), ["wrong_chatbot"]),
        (LINE.replace("example.net", "example.com"), ["wrong_address"]),
        (LINE.replace("https:", ""), ["fine"]),
        (LINE.replace("async", 'type="text/plain"'), ["held_back"]),
        (LINE.replace("b1", "b2") + LINE, ["fine"]),
        (LINE + LINE, ["twice"]),
    ],
)
def test_it_tells_what_is_wrong_with_the_line(html: str, found: list[str]) -> None:
    assert codes(html) == found


@pytest.mark.parametrize(
    ("csp", "found"),
    [
        ("img-src 'self'", ["fine"]),
        ("default-src 'self'", ["blocked_by_script_src", "blocked_by_connect_src"]),
        ("default-src https:", ["fine"]),
        ("default-src *", ["fine"]),
        ("script-src https://chat.example.net; connect-src 'self'", ["blocked_by_connect_src"]),
        ("script-src *.example.net; connect-src https://*.example.net:443", ["fine"]),
        ("script-src https://chat.example.net/other/; connect-src *", ["blocked_by_script_src"]),
        ("script-src chat.example.net:8443; connect-src *", ["blocked_by_script_src"]),
        ("script-src-elem 'none'; script-src *; connect-src *", ["blocked_by_script_src"]),
        ("script-src 'strict-dynamic' https:; connect-src *", ["blocked_by_script_src"]),
        ("default-src *, script-src 'self'", ["blocked_by_script_src"]),
    ],
)
def test_it_tells_which_directive_blocks_the_widget(csp: str, found: list[str]) -> None:
    assert codes(csp=csp) == found


def test_it_knows_a_tag_that_carries_the_nonce() -> None:
    line = LINE.replace("async", 'nonce="n0nce" async')

    assert codes(line, "script-src 'nonce-n0nce' 'strict-dynamic'; connect-src *") == ["fine"]


def test_it_reads_the_policy_in_the_page_too() -> None:
    meta = '<head><meta http-equiv="Content-Security-Policy" content="connect-src \'self\'"></head>'

    assert codes(meta + LINE) == ["blocked_by_connect_src"]


def test_it_names_the_directive_and_what_to_add() -> None:
    [finding] = find_snippet(LINE, {"content-security-policy": "connect-src 'self'"}, "b1", WIDGET)

    assert "Add https://chat.example.net to connect-src." in finding.message
