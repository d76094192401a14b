"""The widget speaks to each visitor in a language of theirs, and as its owner wishes."""

import json

import brotli
from cast import Owner, Visitor
from flask import Flask

from ragwidget import languages
from ragwidget.extensions import db
from ragwidget.models import Chatbot


def settings(victor: Visitor, query: str = "") -> dict:
    return victor.get(f"/chatbots/{victor.chatbot_id}{query}").get_json()


def set_chatbot(app: Flask, owner: Owner, **settings) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, owner.chatbot_id)
        for name, value in settings.items():
            setattr(chatbot, name, value)
        db.session.commit()


def test_it_speaks_english_where_no_wish_can_be_met(victor: Visitor) -> None:
    for query in ("", "?lang=&hint=", "?lang=tlh&hint=%00", f"?hint={'x' * 9000}"):
        answer = settings(victor, query)

        assert (answer["locale"], answer["dir"]) == ("en", "ltr"), query
        assert answer["strings"]["send"] == "Send"


def test_an_owner_may_replace_any_word(app: Flask, victor: Visitor, alice: Owner) -> None:
    set_chatbot(app, alice, strings={"send": "Off it goes", "human": "Write to Alice"})

    answer = settings(victor)

    assert answer["strings"]["send"] == "Off it goes"
    assert answer["strings"]["human"] == "Write to Alice"
    assert answer["strings"]["stop"] == "Stop answering"
    assert languages.words("en")["send"] == "Send"


def test_any_page_may_keep_the_words_of_what_is_fetched_on_use_for_ever(
    app: Flask, victor: Visitor
) -> None:
    address = settings(victor)["words"]

    file = app.test_client().get(address, headers={"Accept-Encoding": "br"}, buffered=True)

    assert json.loads(brotli.decompress(file.data)) == languages.more_words("en")
    assert file.mimetype == "application/json"
    assert "immutable" in file.headers["Cache-Control"]
    assert file.headers["Access-Control-Allow-Origin"] == "*"
    assert file.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_settings_are_compressed_for_whoever_can_read_them(victor: Visitor) -> None:
    path = f"/chatbots/{victor.chatbot_id}"
    plain = victor.get(path)

    small = victor.get(path, headers={"Accept-Encoding": "gzip, br"})
    again = victor.get(
        path, headers={"Accept-Encoding": "gzip, br", "If-None-Match": small.headers["ETag"]}
    )

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "br"
    assert json.loads(brotli.decompress(small.data)) == plain.get_json()
    assert {"Origin", "Accept-Encoding"} <= set(small.headers["Vary"].split(", "))
    assert (again.status_code, again.data) == (304, b"")


def test_what_holds_secrets_is_not_compressed(victor: Visitor) -> None:
    question = {"chatbot_id": victor.chatbot_id, "message": "When does the shop open? " * 30}

    for stream in (True, False):
        answer = victor.post(
            "/chat",
            json={**question, "stream": stream},
            headers={"Accept-Encoding": "gzip, br"},
        )

        assert answer.status_code == 200
        assert len(answer.data) > 500
        assert "Content-Encoding" not in answer.headers
