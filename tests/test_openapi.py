"""The document of the API says what there is, and there is what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import Owner, Visitor
from flask import Flask
from playwright.sync_api import Browser, expect
from scripted import ScriptedEngine
from signing import key_for, token_of
from werkzeug.serving import make_server

from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import EngineFailed
from ragwidget.web.openapi.contract import contract_of
from ragwidget.web.visitor.events import EVENTS

TELLS_OF_ITSELF = {"openapi.document", "openapi.docs"}


@pytest.fixture
def told(house: Flask) -> dict[str, Any]:
    """The document, as a program reads it."""
    document: dict[str, Any] = house.test_client().get("/api/openapi.json").get_json()
    return document


def spelled(path: str) -> str:
    return path.replace("<uuid:", "{").replace(">", "}")


def test_it_tells_of_every_route_of_the_api_and_of_no_other(
    house: Flask, told: dict[str, Any]
) -> None:
    routes = {
        (method.lower(), spelled(rule.rule))
        for rule in house.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint not in TELLS_OF_ITSELF
    }

    assert {(method, path) for path, calls in told["paths"].items() for method in calls} == routes


def test_it_is_openapi_3_1_and_all_it_points_at_is_there(told: dict[str, Any]) -> None:
    assert told["openapi"] == "3.1.0"
    pointed = set(references(told))

    assert pointed == {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    ids = [call["operationId"] for calls in told["paths"].values() for call in calls.values()]
    assert len(ids) == len(set(ids))
    used = {
        scheme
        for calls in told["paths"].values()
        for call in calls.values()
        for proof in call.get("security", [])
        for scheme in proof
    }
    assert used == told["components"]["securitySchemes"].keys()


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_fetched_again_only_when_it_changed(house: Flask) -> None:
    first = house.test_client().get("/api/openapi.json")
    again = house.test_client().get(
        "/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.text) == (304, "")


def test_every_answer_is_as_it_is_told(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    source = SourceRef(1, str(alice.source_id), "Hours", "text", None, None, "…", 0.5, ((0, 2),))
    engine.will_say("At nine.", Sources((source,)))
    engine.will_say("At ", EngineFailed("interrupted", "It broke off.", retryable=True))
    key = key_for(app, alice)
    reply = victor.ask("When does it open?")
    broken = victor.ask("And on Sunday?")
    at = f"/conversations/{victor.conversation_id}"
    contact = {"name": "Victor", "email": "victor@example.org", "message": "Please ring."}
    heard = [
        held(app, "get_chatbot", victor.get(f"/chatbots/{alice.chatbot_id}")),
        held(app, "get_sources", victor.get(f"/chatbots/{alice.chatbot_id}/sources")),
        held(app, "get_conversations", victor.get("/conversations")),
        held(app, "get_conversation", victor.get(at)),
        held(app, "get_messages", victor.get(f"{at}/messages")),
        held(app, "get_message", victor.get(f"/messages/{reply.message_id}")),
        held(app, "stop", victor.post(f"/messages/{reply.message_id}/stop")),
        held(app, "retry", victor.post(f"/messages/{broken.message_id}/retry?stream=false")),
        held(app, "chat", victor.send("Whole?", stream=False)),
        held(
            app,
            "put_feedback",
            victor.call("PUT", f"/messages/{reply.message_id}/feedback", json={"rating": "up"}),
        ),
        held(app, "patch_conversation", victor.call("PATCH", at, json={"title": "Hours"})),
        held(app, "post_contact", victor.post(f"{at}/contact", json=contact)),
        held(
            app,
            "identify",
            victor.post(f"/chatbots/{alice.chatbot_id}/identify", json={"token": token_of(key)}),
        ),
    ]
    with_answers = {
        rule.endpoint.partition(".")[2]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("visitor.")
        and (contract := contract_of(app.view_functions[rule.endpoint]))
        and contract.answers
    }

    assert set(heard) == with_answers
    names = [(name, data) for each in (reply, broken) for _, name, data in each.events]
    for name, data in names:
        EVENTS[name].model_validate(data)
    assert {name for name, _ in names} == EVENTS.keys()


def held(app: Flask, name: str, answer: Any) -> str:
    """Hold an answer against what is told of it: no field less, and none more."""
    contract = contract_of(app.view_functions[f"visitor.{name}"])
    assert contract is not None
    assert contract.answers is not None
    assert answer.status_code == contract.status, answer.text
    contract.answers.model_validate_json(answer.data)
    return name


def test_a_parameter_that_is_refused_is_named(victor: Visitor) -> None:
    refusal = victor.get(f"/chatbots/{victor.chatbot_id}/sources?limit=many")

    assert refusal.status_code == 422
    assert refusal.get_json()["error"]["field"] == "limit"


@pytest.mark.browser
def test_people_can_read_it_without_anything_from_elsewhere(house: Flask, browser: Browser) -> None:
    server = make_server("127.0.0.1", 0, house, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    watched = watch(context)
    page = watched.page
    page.goto(f"http://127.0.0.1:{server.port}/api/docs")

    page.get_by_role("navigation").get_by_role("link", name="Answer one question").click()
    call = page.get_by_role("region", name="POST /api/v1/chat", exact=True)
    expect(call).to_be_in_viewport()
    call.get_by_text("A whole turn").click()
    expect(call.get_by_role("table", name="event: delta")).to_contain_text("text")
    check_accessible(page)
    shoot_all(page, "api-docs")
    context.close()
    server.shutdown()
    watched.check()


def test_the_page_holds_nothing_that_a_policy_must_allow(house: Flask) -> None:
    page = house.test_client().get("/api/docs")

    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert " style=" not in page.text
