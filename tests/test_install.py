"""Bringing a chatbot into a website: guides, and what is known of where it was seen."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from cast import ALICE_SITE, Owner, Visitor, csrf_of, owner, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Sighting

SITES = NAMED, STRANGE, CLOSED = [f"https://{name}.alice.example" for name in "abc"]
GUIDES = ("Plain HTML", "WordPress", "Shopify", "Webflow", "Squarespace", "React", "Vue", "Turbo")


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """The app on SQLite only; each test has a website, for one is noted once a minute."""
    app = make_house()
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, owner("alice@example.org").chatbot_id)
        chatbot.origins = [ALICE_SITE, *SITES]
        db.session.commit()
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def path(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/install"


def seen(client: FlaskClient, path: str) -> str:
    """Return what the page says of where the widget was seen."""
    page = client.get(path).text.partition("See whether it works")[2].partition("Check a page")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split()).replace(" ,", ",")


def look(visitor: Visitor, page: str) -> None:
    """Open the chat on a page."""
    visitor.get(f"/chatbots/{visitor.chatbot_id}", headers={"Referer": page})


def test_it_names_the_page_and_nothing_that_its_address_hides(
    app: Flask, client: FlaskClient, path: str
) -> None:
    look(victor_at(app, origin=NAMED), f"{NAMED}/bicycles/tandem?token=secret#here")

    words = seen(client, path)

    assert f"Working {NAMED} last seen just now, on /bicycles/tandem" in words
    assert "secret" not in client.get(path).text


def test_it_believes_no_page_of_another_website(app: Flask, client: FlaskClient, path: str) -> None:
    look(victor_at(app, origin=STRANGE), "https://phish.example/cheap")

    assert f"Working {STRANGE} last seen just now" in seen(client, path)
    assert "cheap" not in client.get(path).text


def test_it_says_which_website_was_meant(
    app: Flask, alice: Owner, client: FlaskClient, path: str
) -> None:
    look(victor_at(app, origin="https://www.alice.example"), "https://www.alice.example/shop")
    with app.app_context():
        db.session.add(Sighting(chatbot_id=alice.chatbot_id, origin="null", allowed=False))
        db.session.commit()

    words = seen(client, path)

    assert "https://www.alice.example tried just now, on /shop" in words
    assert "It isn’t on the list, but https://alice.example is." in words
    assert "A page without an address of its own" in words


def test_it_says_that_the_chat_stayed_closed(app: Flask, client: FlaskClient, path: str) -> None:
    settings = path.replace("install", "settings/chatbot")
    token = csrf_of(client, "/account/password")
    client.post(f"{settings}/pause", data={"csrf_token": token})
    look(victor_at(app, origin=CLOSED), f"{CLOSED}/")

    assert "The chatbot was paused, so the chat stayed closed." in seen(client, path)
    assert "It answers again" not in seen(client, path)
    client.post(f"{settings}/go-on", data={"csrf_token": token})
    assert "It answers again: load that page again." in seen(client, path)


def test_every_guide_has_the_chatbots_own_lines(
    alice: Owner, client: FlaskClient, path: str, tmp_path: Path
) -> None:
    settings = path.replace("install", "settings")
    look = {"accent": "#0a7d55", "background": "", "scheme": "auto", "position": "left"}
    look |= {"offset_x": "20", "offset_y": "20", "layer": "9", "radius": "16", "font": "system"}
    look |= {"density": "normal", "size": "normal", "icon": "own", "sign": '"<', "avatar": ""}
    token = csrf_of(client, "/account/password")
    client.post(f"{settings}/look", data={**look, "csrf_token": token})
    page = client.get(path).text
    found = re.findall(
        r'for="guide-\d">Lines for ([^<]+)</label>\s*<textarea[^>]*>(.*?)</', page, re.S
    )
    lines = {name: unescape(text) for name, text in found}

    assert tuple(lines) == GUIDES
    for text in lines.values():
        assert "http://localhost/widget.js" in text
        assert str(alice.chatbot_id) in text
        assert "#0a7d55" in text
    for name in ("React", "Vue"):
        file = tmp_path / f"{name}.mjs"
        file.write_text(lines[name])
        subprocess.run(["node", "--check", str(file)], check=True)
    policy = unescape(re.search(r'id="policy"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])
    assert policy == "script-src http://localhost;\nconnect-src http://localhost;"
