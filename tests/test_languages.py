"""The widget speaks to each visitor in a language of theirs, and as its owner wishes."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest
from cast import Owner, Visitor
from flask import Flask

import ragwidget
from ragwidget import languages
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import Chatbot

WORDS = Path(__file__).parents[1] / "static" / "widget" / "words"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# codes that only owners and programs meet, or that the widget heals before anybody reads them
FOR_OTHERS = {
    *("address_invalid", "address_not_public", "already_there", "bad_request", "disk_full"),
    *("file_unexpected", "gemini_key_missing", "sign_in_not_found"),
    *("identity_expired", "identity_invalid", "message_id_taken", "not_a_file", "not_a_form"),
    *("not_allowed", "not_found", "not_reachable", "not_signed_in", "nothing_kept"),
    "original_missing",
    *("page_too_large", "page_wrong_type", "storage_unavailable", "token_expired"),
    *("token_invalid", "token_missing", "too_large", "too_many_sources", "too_slow"),
    "unusable_origin",
    # members and programs alone
    *("address_refused", "change_not_found", "changed_meanwhile", "contact_request_not_found"),
    *("delivery_not_found", "idempotency_key_taken", "key_expired", "key_for_one_chatbot"),
    *("key_invalid", "key_missing", "link_unknown", "note_not_found", "other_kind"),
    *("already_invited", "already_member", "invitation_gone", "last_owner", "member_not_found"),
    *("no_organization", "other_organization", "second_factor_missing", "still_owner"),
    "too_many_invitations",
    *("scope_missing", "still_running", "tag_not_found", "too_many_keys", "too_many_webhooks"),
    "webhook_not_found",
}

every_language = pytest.mark.parametrize("language", languages.LANGUAGES)


def all_words(language: str) -> dict[str, str]:
    return languages.words(language) | languages.more_words(language)


def gaps(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"\{\w*\}", sentence))


def descendants(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def engine_codes() -> set[str]:
    """Return how an answer may fail, except for `engine_…`, which two sentences do for."""
    failures = re.compile(r'EngineFailed\(\s*"(?!engine_)(\w+)"')
    sources = Path(ragwidget.__file__).parent.rglob("*.py")
    return {code for path in sources for code in failures.findall(path.read_text())}


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """The app with the cast in it, on SQLite only: databases have no part in words."""
    return make_house()


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


def test_the_pasted_line_goes_before_the_chatbot_and_that_before_the_page(
    app: Flask, victor: Visitor, alice: Owner
) -> None:
    for own, query, locale, direction, send in (
        ("", "?hint=de-AT", "de", "ltr", "Senden"),
        ("", "?hint=ar", "ar", "rtl", "إرسال"),
        ("", "?hint=iw-IL", "he", "rtl", "שליחה"),
        ("", "?hint=ja", "ja", "ltr", "送信"),
        ("", "?hint=zh-Hans-CN", "zh", "ltr", "发送"),
        ("", "?hint=zh-TW", "zh", "ltr", "发送"),
        ("", "?hint=pt_BR", "pt", "ltr", "Enviar"),
        ("", "?lang=tlh&hint=de", "de", "ltr", "Senden"),
        ("fr", "?hint=de", "fr", "ltr", "Envoyer"),
        ("fr", "?lang=pl&hint=de", "pl", "ltr", "Wyślij"),
    ):
        set_chatbot(app, alice, locale=own)

        answer = settings(victor, query)

        chosen = (answer["locale"], answer["dir"], answer["strings"]["send"])
        assert chosen == (locale, direction, send), query
        assert f"/words/more/{locale}." in answer["words"]


def test_a_chatbot_welcomes_in_the_visitors_language_until_its_owner_says_otherwise(
    app: Flask, victor: Visitor, alice: Owner
) -> None:
    assert settings(victor)["welcome"] == "Hello! Ask me anything about what I have read."
    assert settings(victor, "?hint=fr")["welcome"].startswith("Bonjour")

    set_chatbot(app, alice, welcome="Ring the bell!")

    assert settings(victor, "?hint=fr")["welcome"] == "Ring the bell!"


def test_an_owners_words_for_a_limit_go_before_ours(
    app: Flask, victor: Visitor, alice: Owner
) -> None:
    set_chatbot(app, alice, words={"limit": "Alice sleeps.", "refusal": "Alice does not know."})

    answer = settings(victor)

    assert answer["strings"]["rate_limited"] == "Alice sleeps."
    assert answer["strings"]["budget_reached"] == "Alice sleeps."
    assert "does not know" not in json.dumps(answer)


def test_each_language_has_its_own_etag(victor: Visitor) -> None:
    path = f"/chatbots/{victor.chatbot_id}"
    german = victor.get(f"{path}?hint=de").headers["ETag"]

    assert victor.get(f"{path}?hint=de", headers={"If-None-Match": german}).status_code == 304
    assert victor.get(f"{path}?hint=fr", headers={"If-None-Match": german}).status_code == 200


@every_language
def test_a_language_says_all_that_english_says_with_the_same_gaps(language: str) -> None:
    for pack in (languages.words, languages.more_words):
        english, theirs = pack("en"), pack(language)

        assert list(theirs) == list(english)
        for key, sentence in theirs.items():
            assert gaps(sentence) == gaps(english[key]), key
            assert sentence == sentence.strip() != "", key
            assert "..." not in sentence, key


@every_language
def test_no_language_needs_much_more_room_than_english(language: str) -> None:
    for key, english in all_words("en").items():
        assert len(all_words(language)[key]) <= 1.8 * len(english) + 12, key


@every_language
def test_a_language_says_its_own_words(language: str) -> None:
    english, theirs = all_words("en"), all_words(language)
    same = [key for key in english if len(english[key]) > 15 and theirs[key] == english[key]]

    assert language == "en" or same == []


@pytest.mark.parametrize("language", ["ar", "he"])
def test_names_keep_their_own_direction_in_sentences_from_right_to_left(language: str) -> None:
    assert languages.direction(language) == "rtl"
    for key, sentence in all_words(language).items():
        for gap in re.findall(r".?\{(?:title|host|time)\}.?", sentence):
            assert (gap[0], gap[-1]) == (FIRST_STRONG_ISOLATE, POP_ISOLATE), key


def test_every_trouble_that_a_visitor_can_meet_has_words() -> None:
    alike = re.findall(r'^  (\w+): "(\w+)",$', (WORDS.parent / "reasons.js").read_text(), re.M)
    known = all_words("en").keys()
    codes = {kind.code for kind in descendants(Refusal)} | engine_codes()

    assert codes >= {"rate_limited", "chatbot_paused", "recitation", "interrupted"}
    assert codes - known - {code for code, _ in alike} <= FOR_OTHERS
    assert {words for _, words in alike} <= known


def test_the_widget_says_no_word_that_is_missing() -> None:
    said = {
        word
        for path in WORDS.parent.glob("*.js")
        if re.search(r"\bwords\b.*= panel|\{ words\b|\bwords \}", path.read_text())
        for word in re.findall(r"\bwords\.(\w+)\b(?!\()", path.read_text())
    } - {"js"}

    assert {"send", "undo", "offline"} <= said
    assert said <= all_words("en").keys()


def test_no_word_has_two_places_and_no_language_lacks_a_file() -> None:
    assert not languages.words("en").keys() & languages.more_words("en").keys()
    for folder in (WORDS, WORDS / "more"):
        assert {path.stem for path in folder.glob("*.json")} == set(languages.LANGUAGES)


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
