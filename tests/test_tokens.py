"""A conversation token proves who is asking, and opens nothing else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from cast import BOB_SITE, Owner, Visitor
from databases import SECRET
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from scripted import ScriptedEngine

from ragwidget.crypto.tokens import CONVERSATION_SALT, Tokens, Visit
from ragwidget.errors import TokenExpired, TokenInvalid

MONTH = timedelta(days=30)
VISIT = Visit(uuid4(), uuid4(), uuid4())


def code(response) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def test_it_says_what_it_was_given() -> None:
    tokens = Tokens(("secret",), MONTH)

    assert tokens.read(tokens.mint(VISIT)) == VISIT


def test_it_is_worth_nothing_when_anything_in_it_was_changed() -> None:
    tokens = Tokens(("secret",), MONTH)
    token = tokens.mint(VISIT)

    # the very last characters of base64 carry spare bits, so a change is made well before them
    for place in range(0, len(token) - 2, 7):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(TokenInvalid):
            tokens.read(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("nonsense", ["", ".", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "ä", "\0" * 9])
def test_it_refuses_nonsense(nonsense: str) -> None:
    with pytest.raises(TokenInvalid):
        Tokens(("secret",), MONTH).read(nonsense)


@pytest.mark.parametrize("payload", [None, 7, {}, ["a"], ["x", "y", "z"], [1, 2, 3]])
def test_it_refuses_what_is_signed_but_says_something_else(payload: object) -> None:
    signed = URLSafeTimedSerializer("secret", salt=CONVERSATION_SALT).dumps(payload)

    with pytest.raises(TokenInvalid):
        Tokens(("secret",), MONTH).read(signed)


def test_it_refuses_what_was_signed_for_another_purpose() -> None:
    payload = [part.hex for part in (VISIT.chatbot_id, VISIT.visitor_id, VISIT.conversation_id)]
    signed = URLSafeTimedSerializer("secret", salt="something else").dumps(payload)

    with pytest.raises(TokenInvalid):
        Tokens(("secret",), MONTH).read(signed)


def test_it_expires() -> None:
    token = Tokens(("secret",), MONTH).mint(VISIT)

    with pytest.raises(TokenExpired):
        Tokens(("secret",), timedelta(seconds=-1)).read(token)


def test_an_old_secret_still_reads_but_no_longer_signs() -> None:
    before, now, after = (
        Tokens(secrets, MONTH) for secrets in (("old",), ("new", "old"), ("new",))
    )

    assert now.read(before.mint(VISIT)) == VISIT
    assert after.read(now.mint(VISIT)) == VISIT
    with pytest.raises(TokenInvalid):
        after.read(before.mint(VISIT))


def test_a_tampered_token_is_refused_and_no_question_is_written(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?")
    good, victor.token = victor.token, "tampered"

    assert code(victor.send("Still me?")) == (401, "token_invalid")
    assert code(victor.get("/conversations")) == (401, "token_invalid")
    assert len(engine.asked) == 1
    victor.token = good
    assert len(victor.messages()) == 2


def test_an_expired_token_has_its_own_code(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?")
    app.extensions["tokens"] = Tokens((SECRET,), timedelta(seconds=-1))

    assert code(victor.send("Still me?")) == (401, "token_expired")


def test_a_token_is_worth_nothing_at_another_chatbot(
    app: Flask, victor: Visitor, bob: Owner, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?")
    at_bobs = Visitor(app, bob.chatbot_id, origin=BOB_SITE, token=victor.token)

    assert code(at_bobs.send("Hello?")) == (401, "token_invalid")
    assert len(engine.asked) == 1


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dXNlcjpwdw==", "nonsense"])
def test_another_kind_of_authorization_is_refused(victor: Visitor, header: str) -> None:
    refusal = victor.get("/conversations", headers={"Authorization": header})

    assert code(refusal) == (401, "token_missing")


def test_without_a_token_there_is_nothing_to_see(victor: Visitor, engine: ScriptedEngine) -> None:
    reply = victor.ask("Hello?")
    victor.token = None

    for method, path in (
        ("GET", "/conversations"),
        ("GET", f"/conversations/{victor.conversation_id}"),
        ("GET", f"/conversations/{victor.conversation_id}/messages"),
        ("PATCH", f"/conversations/{victor.conversation_id}"),
        ("DELETE", f"/conversations/{victor.conversation_id}"),
        ("POST", f"/conversations/{victor.conversation_id}/contact"),
        ("GET", f"/messages/{reply.message_id}/events"),
        ("POST", f"/messages/{reply.message_id}/stop"),
        ("POST", f"/messages/{reply.message_id}/retry"),
        ("PUT", f"/messages/{reply.message_id}/feedback"),
    ):
        options = {} if method == "GET" else {"json": {}}
        assert code(victor.call(method, path, **options)) == (401, "token_missing"), path


def test_each_answer_brings_a_fresh_token(
    app: Flask, victor: Visitor, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import itsdangerous.timed

    stamp = itsdangerous.timed.TimestampSigner.get_timestamp
    victor.ask("Hello?")
    monkeypatch.setattr(
        itsdangerous.timed.TimestampSigner,
        "get_timestamp",
        lambda signer: stamp(signer) + 20 * 24 * 3600,
    )
    victor.ask("Twenty days later?")
    monkeypatch.setattr(
        itsdangerous.timed.TimestampSigner,
        "get_timestamp",
        lambda signer: stamp(signer) + 40 * 24 * 3600,
    )

    assert len(victor.messages()) == 4
