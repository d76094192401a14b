"""What Mallory does with conversation tokens: hers, found ones, and ones that are long over."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cast import Owner, Visitor
from databases import SECRET
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import func, select

from ragwidget import chatbots, identities
from ragwidget.crypto.tokens import CONVERSATION_SALT, Tokens, Visit
from ragwidget.errors import TokenExpired, TokenInvalid
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SPARE_BITS = 3  # characters whose change may leave the bytes the same


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def asked(victor: Visitor, engine: ScriptedEngine) -> Visitor:
    """Victor, who asked and holds a token."""
    victor.ask("Where is the marzipan?")
    return victor


def test_no_byte_of_a_token_can_be_changed_left_out_or_added(app: Flask, asked: Visitor) -> None:
    token = str(asked.token)
    tokens: Tokens = app.extensions["tokens"]
    mine = tokens.read(token)
    read = 0

    for place in range(len(token)):
        other = ALPHABET[(ALPHABET.find(token[place]) + 21) % 64]
        for forged in (
            token[:place] + other + token[place + 1 :],
            token[:place] + token[place + 1 :],
            token[:place] + other + token[place:],
            token[:place],
        ):
            read += opened(tokens, forged, mine)

    assert read <= SPARE_BITS


def opened(tokens: Tokens, forged: str, mine: Visit) -> bool:
    """Tell whether a forged token is read; one that is says nothing but what was signed."""
    with suppress(TokenInvalid, TokenExpired):
        assert tokens.read(forged) == mine
        return True
    return False


@pytest.mark.parametrize("taken", [0, 1], ids=["the visitor", "the time"])
def test_the_parts_of_two_tokens_make_no_third(
    app: Flask, asked: Visitor, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    stamp = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda it: stamp(it) - 1000)
    hers = app.extensions["tokens"].mint(Visit(UUID(asked.chatbot_id), uuid4(), None))
    monkeypatch.undo()
    forged, theirs = hers.rsplit(".", 2), str(asked.token).rsplit(".", 2)
    forged[taken] = theirs[taken]
    asked.token = ".".join(forged)

    assert code(asked.get("/conversations")) == (401, "token_invalid")


@pytest.mark.parametrize(
    "forge",
    [
        lambda said: URLSafeTimedSerializer(SECRET, salt="cookie-session").dumps(said),
        lambda said: URLSafeTimedSerializer(SECRET).dumps(said),
        lambda said: URLSafeSerializer(SECRET, salt=CONVERSATION_SALT).dumps(said),
        lambda said: URLSafeTimedSerializer("", salt=CONVERSATION_SALT).dumps(said),
        lambda said: URLSafeTimedSerializer(SECRET + " ", salt=CONVERSATION_SALT).dumps(said),
        lambda said: TimestampSigner(SECRET, salt=CONVERSATION_SALT).sign(repr(said)).decode(),
    ],
    ids=["another salt", "no salt", "no time", "no key", "almost the key", "no payload"],
)
def test_what_was_signed_otherwise_opens_nothing(
    asked: Visitor, forge: Callable[[list[str]], str]
) -> None:
    said = [UUID(asked.chatbot_id).hex, uuid4().hex, ""]
    asked.token = forge(said)

    assert code(asked.get("/conversations")) == (401, "token_invalid")


def test_a_token_of_tomorrow_is_no_token(
    app: Flask, asked: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda it: stamp(it) + 40 * 86400)
    asked.token = app.extensions["tokens"].mint(Visit(UUID(asked.chatbot_id), uuid4(), None))
    monkeypatch.undo()

    assert asked.get("/conversations").status_code == 401


def test_the_session_of_an_owner_is_signed_so_that_no_visitor_can_use_it(
    app: Flask, asked: Visitor
) -> None:
    session = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    asked.token = session.dumps([UUID(asked.chatbot_id).hex, uuid4().hex, ""])

    assert code(asked.get("/conversations")) == (401, "token_invalid")


def test_a_token_replayed_after_its_conversation_was_deleted_shows_nothing_and_begins_anew(
    app: Flask, asked: Visitor
) -> None:
    gone, token = asked.conversation_id, asked.token
    assert asked.call("DELETE", f"/conversations/{gone}").status_code == 204
    asked.token = token

    assert code(asked.get(f"/conversations/{gone}/messages")) == (404, "conversation_not_found")
    assert asked.ask("And now?").start["conversation"]["id"] != gone
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2
        assert db.session.get(Conversation, UUID(str(gone))) is None


def test_a_token_replayed_after_its_chatbot_was_deleted_finds_nothing(
    app: Flask, asked: Visitor, alice: Owner
) -> None:
    with app.app_context():
        chatbots.remove(db.session.get_one(Chatbot, alice.chatbot_id))

    for method, path in (
        ("GET", "/conversations"),
        ("GET", f"/conversations/{asked.conversation_id}"),
        ("DELETE", f"/conversations/{asked.conversation_id}"),
    ):
        assert code(asked.call(method, path)) == (404, "chatbot_not_found")
    assert code(asked.send("Still there?")) == (404, "chatbot_not_found")


def test_a_persons_token_is_over_when_the_website_changes_its_key(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    proof = {"token": token_of(key_for(app, alice))}
    answer = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof)
    victor.token = answer.get_json()["token"]
    victor.ask("Where is the marzipan?")
    stolen = victor.token
    with app.app_context():
        identities.make_key(db.session.get_one(Chatbot, alice.chatbot_id), "jwt")
    victor.token = stolen

    assert victor.get("/conversations").get_json()["conversations"] == []
    assert victor.get(f"/conversations/{victor.conversation_id}").status_code == 404


def test_a_token_is_over_when_its_secret_is_no_longer_among_the_old_ones(
    app: Flask, asked: Visitor
) -> None:
    month = timedelta(days=30)
    app.extensions["tokens"] = Tokens(("new", SECRET), month)
    assert asked.get("/conversations").status_code == 200

    app.extensions["tokens"] = Tokens(("new",), month)

    assert code(asked.get("/conversations")) == (401, "token_invalid")


def test_nobody_learns_whose_ids_are_real(
    asked: Visitor, mallory: Visitor, engine: ScriptedEngine
) -> None:
    mallory.ask("Hello?")
    message = asked.messages()[1]["id"]
    took: dict[str, list[float]] = {"theirs": [], "nobodys": []}
    for _ in range(15):
        for whose, thread, said in (
            ("theirs", asked.conversation_id, message),
            ("nobodys", str(uuid4()), str(uuid4())),
        ):
            began = time.perf_counter()
            answers = [
                mallory.get(f"/conversations/{thread}"),
                mallory.get(f"/messages/{said}"),
                mallory.get(f"/messages/{said}/events"),
            ]
            took[whose].append(time.perf_counter() - began)
            assert [code(answer) for answer in answers] == [
                (404, "conversation_not_found"),
                (404, "message_not_found"),
                (404, "message_not_found"),
            ]

    theirs, nobodys = (statistics.median(each) for each in took.values())
    assert theirs < 3 * nobodys
    assert nobodys < 3 * theirs


def test_a_name_that_somebody_elses_question_has_tells_nothing_of_it(
    asked: Visitor, mallory: Visitor, engine: ScriptedEngine
) -> None:
    asked.ask("My secret?", message_id=str(named := uuid4()))

    refusal = mallory.send("What was that?", message_id=str(named))

    assert code(refusal) == (409, "message_id_taken")
    assert "secret" not in refusal.text
    assert len(engine.asked) == 2
