"""Whatever text strangers make up, every reader of ours takes it or refuses it in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import making_files as making
import pytest
from cast import Owner, Visitor
from databases import SECRET
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import ScriptedEngine
from selectolax.lexbor import LexborHTMLParser
from signing import key_for

from ragwidget import config, languages
from ragwidget.crypto.tokens import Tokens
from ragwidget.errors import InvalidInput, Misconfigured, TokenInvalid
from ragwidget.ingest.reader import Limits, Unreadable, read_file
from ragwidget.networks import truncated
from ragwidget.web.origins import allowed_origin, read_origins
from ragwidget.web.rendering import render

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(BOUNDED, max_examples=25)
NASTY = (
    "\0",
    "a\0b",
    "\u202e\u2066txt.exe\u2069",
    "\ufeff\ufffe\uffff",
    "\u2028\u2029\u0085",
    "🚲" * 50,
    "e\u0301" + "\u0301" * 200,
    "Ⅷ٣²",
    "%00%ff%",
    "../../etc/passwd",
    "${jndi:ldap://x}{{7*7}}",
    "'; DROP TABLE messages; --",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
)
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=300))
HOSTLY = st.text(alphabet="htps:/[].*@#?%0:1ab-ßİ。xn é\u200d\0\uff0f\u2100", max_size=30)
OURS = re.compile(
    "p|br|hr|h[1-6]|ul|ol|li|blockquote|pre|code|em|strong|s|del|a|sup|span|div|table|thead|tbody"
    "|tr|th|td"
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def tried(read: Callable[..., Any], refusal: type[Exception], *given: Any) -> Any:
    """Return what a reader makes of it, None when it refuses in words."""
    try:
        return read(*given)
    except refusal as said:
        if not str(said):
            raise
        return None


@BOUNDED
@given(text=HOSTLY | TEXT)
def test_a_list_of_websites_is_read_the_same_again_or_refused(text: str) -> None:
    listed = tried(read_origins, InvalidInput, text) or []

    assert read_origins("\n".join(listed)) == listed
    assert all(allowed_origin([entry], entry, "https://own") or "*" in entry for entry in listed)


@BOUNDED
@given(text=HOSTLY | TEXT)
def test_no_origin_that_somebody_makes_up_is_on_a_list_that_does_not_name_it(text: str) -> None:
    listed = ["https://alice.example", "https://*.alice.example"]

    if allowed_origin(listed, text, "https://own"):
        assert (
            text.lower().partition("://")[2].partition(":")[0].rstrip("/").endswith("alice.example")
        )


@BOUNDED
@given(text=TEXT)
def test_readers_of_a_word_take_any(text: str) -> None:
    assert languages.choose(text, text * 2) in languages.LANGUAGES
    assert truncated(text) is None or "/" in str(truncated(text))
    with pytest.raises(TokenInvalid):
        Tokens((SECRET,), timedelta(days=1)).read(text)


@BOUNDED
@given(text=TEXT, cut=st.integers(1, 40))
def test_what_is_rendered_holds_no_element_that_we_did_not_make(text: str, cut: int) -> None:
    marks = [(end, number) for number, end in enumerate(range(0, len(text), cut), 1)][:20]
    page = LexborHTMLParser(str(render(text, marks, "m")))

    assert all(OURS.fullmatch(str(node.tag)) for node in page.css("body *"))
    for link in page.css("a"):
        assert re.match(r"https?://|mailto:|#", str(link.attributes["href"]), re.IGNORECASE)


@BOUNDED
@given(
    name=st.sampled_from([setting.name for setting in config.SETTINGS]),
    value=st.sampled_from(["9" * 20 + "d", "9" * 5000, "-1", "1e9", "0x10", "NaN", "٣", ",,,", ""])
    | TEXT,
)
def test_a_setting_is_read_or_the_start_is_refused_in_words(name: str, value: str) -> None:
    environment = {"RAGWIDGET_SECRET_KEY": "x", f"RAGWIDGET_{name}": value}

    read = tried(config.load, Misconfigured, environment)

    assert read is None or name in read


@FEW
@given(
    text=TEXT,
    page=st.fixed_dictionaries({}, optional={"url": TEXT, "title": TEXT}),
    name=TEXT,
    context=st.dictionaries(TEXT, TEXT, max_size=11),
)
def test_what_is_taken_can_be_read_back(
    app: Flask,
    victor: Visitor,
    engine: ScriptedEngine,
    text: str,
    page: Any,
    name: str,
    context: Any,
) -> None:
    app.config.update(VISITOR_QUESTIONS_PER_HOUR=10**6, ADDRESS_QUESTIONS_PER_HOUR=10**6)
    victor.token = None
    engine.will_say(text)

    answer = victor.send(text, page=page, visitor={"name": name}, context=context)

    assert answer.status_code in {200, 422}, answer.text
    if answer.status_code == 200:
        victor.hear(answer)
        asked, answered = victor.messages()
        assert asked["text"] == engine.asked[-1].question
        assert answered["status"] in {"completed", "failed"}
        json.dumps(victor.messages()).encode("utf-8")
    else:
        engine._answers.clear()


@FEW
@given(text=TEXT)
def test_addresses_take_any_text(victor: Visitor, engine: ScriptedEngine, text: str) -> None:
    reply = victor.ask("Hello?") if victor.token is None else None
    said = quote(text.encode())
    at = f"/chatbots/{victor.chatbot_id}"

    for path in (
        f"{at}?lang={said}&hint={said}",
        f"{at}/sources?search={said}&kind={said}&limit={said}",
        f"{at}/sources?search={said}",
        f"/conversations?after={said}&archived={said}",
        f"/conversations/{victor.conversation_id}/messages?before={said}&limit={said}",
        f"/messages/{reply.message_id if reply else 'x'}/events?after={said}",
        f"/messages/{said}",
    ):
        answer = victor.get(path, headers={"Origin": "https://alice.example"})
        assert answer.status_code in {200, 404, 422}, answer.text


@FEW
@given(claims=st.dictionaries(st.sampled_from(["sub", "exp", "name", "email", "iat", "nbf"]), JSON))
def test_a_signed_identity_says_anything_and_breaks_nothing(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine, claims: dict[str, Any]
) -> None:
    key = key_for(app, alice)
    signed = jwt.api_jws.encode(json.dumps(claims).encode(), key, "HS256")

    answer = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json={"token": signed})

    assert answer.status_code in {200, 403, 422}, answer.text


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("a.html", b"<html><body><h1>Hours</h1><p>At nine.</p><table><tr><td>x</table></body>"),
        ("a.csv", b"name;hours\nshop;nine\nbakery;four\n"),
        ("a.xlsx", making.workbook()),
        ("a.docx", making.word()),
        ("a.pptx", making.slides()),
        ("a.pdf", making.pdf("Some text.", "Some more.")),
    ],
)
def test_a_damaged_file_is_read_or_refused_in_words(
    tmp_path: Path, name: str, original: bytes
) -> None:
    @settings(FEW, max_examples=4)
    @given(
        hits=st.lists(
            st.tuples(st.integers(0, len(original) - 1), st.integers(0, 255)),
            min_size=1,
            max_size=40,
        )
    )
    def try_it(hits: list[tuple[int, int]]) -> None:
        broken = bytearray(original)
        for place, byte in hits:
            broken[place] = byte
        path = tmp_path / "upload"
        path.write_bytes(broken)
        read = tried(read_file, Unreadable, path, name, Limits(max_seconds=20))
        assert read is None or all("\0" not in piece.text for piece in read[1])

    try_it()
