"""The history of a chatbot's settings: who set what, and the way back."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cast import Owner, csrf_of, owner, sign_in
from flask import Flask
from programs import Program
from sqlalchemy import select
from werkzeug.test import TestResponse

from ragwidget import chatbots, identities, jobs, library
from ragwidget.extensions import db
from ragwidget.models import Change, Chatbot


class Desk:
    """Somebody who sets Alice's chatbot."""

    def __init__(self, app: Flask, alice: Owner, email: str = "alice@example.org") -> None:
        self.app, self.alice = app, alice
        self.client = sign_in(app, email)
        self.path = f"/dashboard/chatbots/{alice.chatbot_id}/settings"
        self.token = csrf_of(self.client, "/account/password")

    def post(self, page: str, **fields: Any) -> TestResponse:
        return self.client.post(self.path + page, data={**fields, "csrf_token": self.token})

    def press(self, words: str) -> TestResponse:
        """Send the first form of the history whose address ends so, and look at what it says."""
        found = re.search(rf'action="([^"]+/{words})"', self.history.text)
        assert found, self.history.text
        return self.client.post(found[1], data={"csrf_token": self.token}, follow_redirects=True)

    @property
    def history(self) -> TestResponse:
        return self.client.get(f"{self.path}/changes")

    @property
    def chatbot(self) -> Chatbot:
        with self.app.app_context():
            return db.session.get_one(Chatbot, self.alice.chatbot_id)


@pytest.fixture
def desk(app: Flask, alice: Owner) -> Desk:
    return Desk(app, alice)


@pytest.fixture
def house(make_house: Any) -> Desk:
    """The same where databases have no part in it."""
    app = make_house(RETENTION_DAYS=400)
    with app.app_context():
        alice = owner("alice@example.org")
    return Desk(app, alice)


def seen(page: TestResponse) -> str:
    """Return a page's words, without tags and in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text.partition("<main")[2])).split())


def test_it_tells_who_set_what_and_how_it_was(desk: Desk) -> None:
    assert "Nothing was changed yet" in seen(desk.history)

    desk.post("/contact", contact="first", consent="")
    desk.post("/contact", contact="first", consent="We keep it for a month.")
    desk.post("/contact", contact="first", consent="We keep it for a month.")

    words = seen(desk.history)
    assert words.count("alice@example.org") == 2  # the third time, nothing changed
    assert "Name and e-mail Before: offered → After: first" in words
    assert "What visitors agree to Before: not set → After: We keep it for a month." in words
    assert words.index("agree to") < words.index("Name and e-mail")


def test_it_tells_which_program_has_set_something(house: Desk) -> None:
    program = Program(house.app)
    sent = {"top_k": 5, "engine": "local", "words": {"limit": "Later, please."}}
    program.call("PATCH", program.chatbot, json=sent)

    history = house.history.text

    assert "API key “<bdi>Test</bdi>”" in history
    assert "Later, please." in history
    assert "Somebody who has left" not in history


def test_it_sets_everything_back_to_how_it_was_then(desk: Desk) -> None:
    desk.post("/welcome", name="Tandems", welcome="Hi!", limit="Slow down.")
    desk.post("/welcome", name="Trikes", welcome="Hi!", limit="Slower.", error="Oh.")
    first = re.findall(r'action="[^"]+/changes/([^"]+)/back"', desk.history.text)[-1]

    page = desk.client.post(
        f"{desk.path}/changes/{first}/back",
        data={"csrf_token": desk.token},
        follow_redirects=True,
    )

    assert "It is back to how it was." in seen(page)
    chatbot = desk.chatbot
    assert (chatbot.name, chatbot.words) == ("Alice's bicycles", {})
    desk.press("back")  # which undoes that, too
    assert (desk.chatbot.name, desk.chatbot.words) == (
        "Trikes",
        {"limit": "Slower.", "error": "Oh."},
    )


def test_it_undoes_one_change_and_leaves_the_others(house: Desk) -> None:
    house.post("/words", locale="fr", **{"word-send": "Allez-y", "word-save": "Ok"})
    change = undoing(house, "Button: send the question")

    house.client.post(change, data={"csrf_token": house.token})

    assert house.chatbot.strings == {"save": "Ok"}
    assert house.chatbot.locale == "fr"
    house.post("/chatbot/pause")
    assert house.chatbot.paused_at
    house.press("undo")
    assert house.chatbot.paused_at is None


def undoing(desk: Desk, label: str) -> str:
    """Return where the button leads that undoes the change of a setting."""
    form = rf'action="([^"]+/undo)"(?:(?!</form>).)*aria-label="Undo: {label}"'
    found = re.search(form, desk.history.text, re.DOTALL)
    assert found
    return found[1]


def test_it_refuses_to_go_back_to_what_is_not_valid_any_more(house: Desk) -> None:
    house.post("/privacy", retention_days="365", kept="words")
    house.post("/privacy", retention_days="10", kept="nothing")
    house.app.config["RETENTION_DAYS"] = 30

    page = house.client.post(
        undoing(house, "Days that it is kept"),
        data={"csrf_token": house.token},
        follow_redirects=True,
    )

    words = "Days that it is kept can’t be that any more: This installation keeps nothing for more"
    assert words in seen(page)
    assert house.chatbot.retention_days == 10
    house.client.post(undoing(house, "What visitors type"), data={"csrf_token": house.token})
    assert house.chatbot.keeps_words is True  # which that does not touch


def test_it_remembers_no_secret(house: Desk) -> None:
    with house.app.app_context():
        chatbot = db.session.get_one(Chatbot, house.alice.chatbot_id)
        identities.make_key(chatbot, "jwt")
    house.client.post(
        f"/dashboard/chatbots/{house.alice.chatbot_id}/install/identity-key",
        data={"csrf_token": house.token, "kind": "hmac"},
    )
    house.post("/look/reset")

    with house.app.app_context():
        assert db.session.query(Change).count() == 0


def test_nobody_undoes_what_was_changed_elsewhere(house: Desk) -> None:
    house.post("/contact", contact="never", consent="")
    undo = undoing(house, "Name and e-mail")
    with house.app.app_context():
        someone = owner("bob@example.org")
    bob = Desk(house.app, someone, "bob@example.org")
    theirs = undo.replace(str(house.alice.chatbot_id), str(bob.alice.chatbot_id))

    answer = bob.client.post(theirs, data={"csrf_token": bob.token})

    assert answer.status_code == 404
    assert house.chatbot.contact == "never"


def test_a_draft_tells_how_the_chat_would_be_and_keeps_nothing(house: Desk) -> None:
    typed = {"name": "Tandems", "welcome": "Hi!", "suggested_questions": "When?", "error": "Oh."}
    told = house.post("/welcome/draft", **typed, hint="de").get_json()

    assert told["errors"] == {}
    settings = told["settings"]
    assert (settings["name"], settings["welcome"]) == ("Tandems", "Hi!")
    assert (settings["locale"], settings["strings"]["internal"]) == ("de", "Oh.")
    assert settings["suggested_questions"] == ["When?"]
    assert house.chatbot.name == "Alice's bicycles"

    wrong = house.post("/limits/draft", questions_per_hour="many", origins="*").get_json()
    assert wrong["errors"]["questions_per_hour"] == "Write a whole number."
    assert "every website" in wrong["errors"]["origins"]
    assert "settings" not in wrong


@pytest.mark.parametrize("sources", [True, False])
def test_a_copy_is_set_alike_and_reads_for_itself(house: Desk, sources: bool) -> None:
    app, alice = house.app, house.alice
    house.post("/contact", contact="never", consent="We keep it.")
    with app.app_context():
        original = db.session.get_one(Chatbot, alice.chatbot_id)
        identities.make_key(original, "jwt")
        keep = app.extensions["originals"]
        library.add_file(original, "Hours.txt", BytesIO(b"At nine."), keep, most_bytes=99, most=9)

    answer = house.post("/chatbot/duplicate", **({"sources": "yes"} if sources else {}))

    with app.app_context():
        jobs.work_off()
        copied = db.session.scalars(
            select(Chatbot).filter_by(name="Copy of Alice's bicycles")
        ).one()
        assert str(copied.id) in answer.location
        assert (copied.contact, copied.consent) == ("never", "We keep it.")
        assert copied.identity_key is None
        mine = library.of_chatbot(copied.id)
        assert {source.state for source in mine} == ({"ready"} if sources else set())
        assert len(mine) == (2 if sources else 0)
        chatbots.remove(original)
        jobs.end_chatbot(str(original.id))
        for source in mine:
            if source.original:
                with keep.opened(source.original) as path:
                    assert path.read_bytes() == b"At nine."
        chatbots.remove(copied)
        jobs.end_chatbot(str(copied.id))
        assert not list(Path(app.instance_path).glob("originals/*/*"))
