"""What an owner chooses of the look, the words and the contact, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from werkzeug.test import TestResponse

from ragwidget.chatbots import Theme
from ragwidget.extensions import db
from ragwidget.models import Chatbot

LOOK = {
    name: str(value) for name, value in Theme().model_dump().items() if name != "background"
} | {"background": ""}


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """The app on SQLite only: databases have no part in this."""
    return make_house()


def save(
    app: Flask, alice: Owner, page: str, email: str = "alice@example.org", **fields: str
) -> TestResponse:
    client = sign_in(app, email)
    path = f"/dashboard/chatbots/{alice.chatbot_id}/settings/{page}"
    token = csrf_of(client, path.removesuffix("/reset"))
    return client.post(path, data={**fields, "csrf_token": token})


def kept(app: Flask, alice: Owner) -> Chatbot:
    with app.app_context():
        return db.session.get_one(Chatbot, alice.chatbot_id)


def complaints(page: TestResponse) -> list[str]:
    """Return what a page says beside its fields."""
    return [
        unescape(words) for words in re.findall(r'class="field-error"[^>]*>([^<]*)<', page.text)
    ]


def test_it_keeps_what_differs_and_sends_it_spelled_as_css(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    chosen = LOOK | {
        "accent": "#0A7D55",
        "background": "#fdf0e0",
        "offset_x": "8",
        "font": "Source Serif 4",
        "density": "roomy",
        "icon": "own",
        "sign": "👋🏽",
    }
    assert save(app, alice, "look", **chosen).status_code == 303

    assert victor.get(f"/chatbots/{alice.chatbot_id}").get_json()["theme"] == {
        "accent": "#0a7d55",
        "background": "#fdf0e0",
        "x": "8px",
        "font": '"Source Serif 4", system-ui, sans-serif',
        "density": "1.25",
        "icon": "👋🏽",
    }
    assert save(app, alice, "look/reset").status_code == 303
    assert kept(app, alice).theme == {}


WRONG = [
    ("accent", "red", "Write it like #4f46e5."),
    ("background", "#fff;}*{", "Write it like #4f46e5."),
    ("scheme", "sepia", "Choose one of these."),
    ("position", "middle", "Choose one of these."),
    ("offset_x", "201", "A number from 0 to 200, please."),
    ("offset_y", "-1", "A number from 0 to 200, please."),
    ("offset_y", "far", "Write a whole number."),
    ("layer", "2147483648", "A number from 1 to 2,147,483,647, please."),
    ("radius", "", "Write a whole number."),
    ("font", 'x"; background: url(//evil.example)', "Write system, serif, mono, or the name"),
    ("density", "tight", "Choose one of these."),
    ("size", "huge", "Choose one of these."),
    ("icon", "rocket", "Choose one of these."),
    ("icon", "own", "Give it a sign of your own."),
    ("avatar", "Bob", "Two characters or emoji are the most that fit."),
]


def test_it_says_beside_the_field_what_it_cannot_be(app: Flask, alice: Owner) -> None:
    client = sign_in(app, alice.email)
    path = f"/dashboard/chatbots/{alice.chatbot_id}/settings/look"
    token = csrf_of(client, path)
    for field, value, words in WRONG:
        page = client.post(path, data={**LOOK, field: value, "csrf_token": token})

        assert page.status_code == 422, field
        assert [complaint[: len(words)] for complaint in complaints(page)] == [words], field
    assert kept(app, alice).theme == {}


def test_the_pasted_line_says_what_its_launcher_must_know(app: Flask, alice: Owner) -> None:
    save(
        app,
        alice,
        "look",
        **LOOK | {"position": "left", "radius": "0", "icon": "own", "sign": '"<'},
    )
    page = sign_in(app, alice.email).get(f"/dashboard/chatbots/{alice.chatbot_id}/install").text
    line = unescape(re.search(r'id="snippet"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])

    assert line.endswith('" data-position="left" data-icon="&#34;&lt;" async></script>')


def test_viola_may_look_and_not_touch(app: Flask, alice: Owner) -> None:
    for page, fields in (("look", LOOK), ("words", {}), ("contact", {"contact": "first"})):
        client = sign_in(app, "viola@example.org")
        path = f"/dashboard/chatbots/{alice.chatbot_id}/settings/{page}"
        assert "not change them" in client.get(path).text
        assert save(app, alice, page, "viola@example.org", **fields).status_code == 403
    assert kept(app, alice).contact == "offered"


def test_only_pages_with_a_preview_frame_anything_and_only_the_preview_is_framed(
    app: Flask, alice: Owner
) -> None:
    client = sign_in(app, alice.email)
    path = f"/dashboard/chatbots/{alice.chatbot_id}/settings"
    policies = [
        client.get(path + end).headers["Content-Security-Policy"] for end in ("/look", "/preview")
    ]

    assert policies[0].endswith("frame-ancestors 'none'; frame-src 'self'")
    assert policies[1].endswith("base-uri 'none'; frame-ancestors 'self'")
    assert "unsafe" not in "".join(policies)


def test_the_owners_words_and_language_reach_the_visitor(
    app: Flask, alice: Owner, victor: Visitor
) -> None:
    saved = save(app, alice, "words", locale="fr", **{"word-send": " Allez-y ", "word-save": "Ok"})
    assert saved.status_code == 303
    settings = victor.get(f"/chatbots/{alice.chatbot_id}?hint=de").get_json()

    assert (settings["locale"], settings["strings"]["send"]) == ("fr", "Allez-y")
    assert kept(app, alice).strings == {"send": "Allez-y", "save": "Ok"}


def test_it_refuses_words_that_the_widget_has_not_and_gaps_that_nobody_fills(
    app: Flask, alice: Owner
) -> None:
    save(app, alice, "words", **{"word-<b>": "Hello"})
    gap = save(app, alice, "words", **{"word-page": "p. {n} of {all}", "word-send": "Go"})
    language = save(app, alice, "words", locale="tlh")

    assert (gap.status_code, language.status_code) == (422, 422)
    assert complaints(gap) == ["Nothing is ever filled in for {all} here."]
    assert complaints(language) == ["Choose one of these."]
    assert 'value="p. {n} of {all}"' in gap.text
    assert kept(app, alice).strings == {}


def test_contact_and_consent_are_saved(app: Flask, alice: Owner, victor: Visitor) -> None:
    save(app, alice, "contact", contact="first", consent=" We keep <b>this</b> for a month. ")
    settings = victor.get(f"/chatbots/{alice.chatbot_id}").get_json()

    assert (settings["contact"], settings["consent"]) == (
        "first",
        "We keep <b>this</b> for a month.",
    )


def test_the_pasted_line_names_the_launcher_in_the_language_that_the_owner_chose(
    app: Flask, alice: Owner
) -> None:
    owners = sign_in(app, alice.email)
    page = f"/dashboard/chatbots/{alice.chatbot_id}/install"
    assert 'data-label="Chat' not in unescape(owners.get(page).text)

    with app.app_context():
        db.session.get(Chatbot, alice.chatbot_id).locale = "de"
        db.session.commit()

    assert 'data-label="Chat öffnen"' in unescape(owners.get(page).text)
