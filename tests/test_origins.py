"""A chatbot answers on the websites its owner listed, and nowhere else."""

from collections.abc import Callable
from uuid import UUID

import pytest
from cast import ALICE_SITE, BOB_SITE, Owner, Visitor, victor_at
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message
from ragwidget.web.origins import UnusableOrigin, allowed_origin, read_origin

OWN = "https://chat.example"


@pytest.mark.parametrize(
    ("listed", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org", "https://EXAMPLE.org"),
        ("https://example.org", "https://example.org:443"),
        ("https://example.org:443", "https://example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://*.example.org", "https://shop.example.org"),
        ("https://*.example.org", "https://a.b.example.org"),
        ("https://*.example.org:8443", "https://shop.example.org:8443"),
    ],
)
def test_what_is_listed_is_let_in(listed: str, origin: str) -> None:
    assert allowed_origin([listed], origin, OWN)


@pytest.mark.parametrize(
    ("listed", "origin"),
    [
        ("https://example.org", "http://example.org"),
        ("https://example.org", "https://example.org:8443"),
        ("https://example.org", "https://www.example.org"),
        ("https://example.org", "https://example.org.evil.net"),
        ("https://example.org", "https://evilexample.org"),
        ("https://example.org", "https://example.org@evil.net"),
        ("https://example.org", "https://evil.net#https://example.org"),
        ("https://example.org", "https://evil.net/https://example.org"),
        ("https://example.org", "https://exаmple.org"),  # a Cyrillic а
        ("https://example.org", "null"),
        ("https://example.org", ""),
        ("https://example.org", "file://"),
        ("https://example.org", "https://"),
        ("https://example.org", "https://example.org:99999"),
        ("https://example.org", "https://[::1"),
        ("https://*.example.org", "https://example.org"),
        ("https://*.example.org", "https://evilexample.org"),
        ("https://*.example.org", "http://shop.example.org"),
        ("https://*.example.org", "https://shop.example.org:8443"),
        ("https://*.example.org", "https://example.org.evil.net"),
        ("https://example.org", "https://example.org."),
        ("https://example.org", "https://example.org.:443"),
        ("https://*.example.org", "https://shop.example.org."),
        ("https://*.example.org", "https://.example.org"),
        ("https://xn--bcher-kva.example", "https://bücher.example"),
        ("https://example.org", "https://ｅxample.org"),
        ("https://example.org", "https://example。org"),
        ("https://example.org", "https://exa\u00admple.org"),
        ("https://example.org", "https://user@example.org"),
        ("https://example.org", "https://:@example.org"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org", "https://example.org/path"),
        ("https://example.org", "https://example.org:0443"),
        ("https://example.org", " https://example.org"),
        ("https://example.org", "https://example.org https://evil.net"),
        ("https://example.org", "https://evil.net,https://example.org"),
        ("https://example.org", "https:example.org"),
        ("https://example.org", "https:///example.org"),
        ("https://example.org", "https:\\\\example.org"),
        ("https://example.org", "ws://example.org"),
        ("https://example.org", "chrome-extension://example.org"),
        ("https://example.org", "moz-extension://example.org"),
        ("https://example.org", "ftp://example.org"),
        ("https://example.org", "*"),
        ("https://example.org", "https://*"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://127.0.0.1", "https://2130706433"),
        ("https://127.0.0.1", "https://127.1"),
        ("http://[::1]", "http://[0:0:0:0:0:0:0:1]"),
    ],
)
def test_what_only_looks_alike_is_not(listed: str, origin: str) -> None:
    assert not allowed_origin([listed], origin, OWN)


@pytest.mark.parametrize("origin", [ALICE_SITE, "null", "http://127.0.0.1:8001", ""])
def test_an_empty_list_means_nowhere(origin: str) -> None:
    assert not allowed_origin([], origin, OWN)


@pytest.mark.parametrize(
    "typed",
    [
        "*",
        "https://*",
        "*.com",
        "https://*.localhost",
        "https://a.*.example.org",
        "*.*.example.org",
    ],
)
def test_no_list_names_everybody(typed: str) -> None:
    with pytest.raises(UnusableOrigin):
        read_origin(typed)


def test_our_own_preview_is_always_let_in() -> None:
    assert allowed_origin([], OWN, OWN)


def test_a_refusal_reaches_the_widget_readable_and_asks_nobody(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.origin = "https://evil.example"

    refusal = victor.send("Hello?")

    assert refusal.status_code == 403
    assert refusal.get_json()["error"]["code"] == "origin_not_allowed"
    assert refusal.get_json()["error"]["origin"] == "https://evil.example"
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    assert engine.asked == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_every_visitor_call_asks_for_the_origin(
    victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    reply = victor.ask("Hello?")
    victor.origin = "https://evil.example"

    calls = [
        ("GET", f"/chatbots/{alice.chatbot_id}"),
        ("GET", f"/chatbots/{alice.chatbot_id}/sources"),
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
    ]
    statuses = {call: victor.call(*call).status_code for call in calls}

    assert set(statuses.values()) == {403}, statuses
    victor.origin = ALICE_SITE
    assert len(victor.messages()) == 2


@pytest.mark.parametrize("origin", [ALICE_SITE, "https://evil.example", "null"])
def test_every_preflight_is_answered_without_credentials(victor: Visitor, origin: str) -> None:
    answer = victor.call(
        "OPTIONS",
        "/chat",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type"} <= set(allowed.split(", "))
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/api/v1/nowhere", f"/api/v1/chatbots/{UUID(int=0)}", "/api/v1/chat"]
)
def test_also_refusals_of_other_kinds_are_readable(victor: Visitor, path: str) -> None:
    refusal = victor.get(path.removeprefix("/api/v1"))

    assert refusal.status_code in {404, 405}
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    assert refusal.get_json()["error"].keys() >= {"code", "message"}


def test_the_owners_pages_know_nothing_of_other_origins(app: Flask) -> None:
    for path in ("/sign-in", "/dashboard/", "/account", "/api/v1/owner/chatbots"):
        answer = app.test_client().get(path, headers={"Origin": ALICE_SITE})
        assert "Access-Control-Allow-Origin" not in answer.headers, path


def test_a_program_that_names_no_origin_may_ask(victor: Visitor, engine: ScriptedEngine) -> None:
    victor.origin = None

    assert victor.ask("Hello?").answer == "Yes."


def test_it_listens_to_the_owners_change_at_once(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("Hello?")
    with app.app_context():
        db.session.execute(
            update(Chatbot).where(Chatbot.id == UUID(victor.chatbot_id)).values(origins=[])
        )
        db.session.commit()

    assert victor.send("Still here?").status_code == 403


def test_bobs_website_is_not_alices(victor: Visitor, engine: ScriptedEngine) -> None:
    victor.origin = BOB_SITE

    assert victor.send("Hello?").status_code == 403


def test_the_public_address_is_our_own_origin_also_behind_a_proxy(
    make_house: Callable[..., Flask],
) -> None:
    app = make_house(PUBLIC_URL="https://chat.example/", TRUSTED_PROXIES=1)
    victor = victor_at(app, origin="https://chat.example")

    asked = victor.post(
        "/chat",
        json={"chatbot_id": victor.chatbot_id, "message": "Hello?"},
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example"},
    )

    assert asked.status_code == 200


def test_a_paused_chatbot_says_so(app: Flask, victor: Visitor, engine: ScriptedEngine) -> None:
    with app.app_context():
        db.session.execute(update(Chatbot).values(paused_at=func.now()))
        db.session.commit()

    refusal = victor.send("Hello?")

    assert (refusal.status_code, refusal.get_json()["error"]["code"]) == (403, "chatbot_paused")
    assert engine.asked == []
