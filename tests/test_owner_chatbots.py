"""Programs list, make, change and delete the chatbots of their organization, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import victor_at
from flask import Flask
from programs import ALL, Program, refused
from sqlalchemy import select

from ragwidget import jobs
from ragwidget.extensions import db
from ragwidget.models import AuditEntry, Chatbot


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    return make_house(RETENTION_DAYS=400)


def names(program: Program, query: str = "") -> list[str]:
    return [each["name"] for each in program.get(f"/chatbots{query}").get_json()["chatbots"]]


def test_it_makes_a_chatbot_with_its_settings(house: Flask, program: Program) -> None:
    made = program.post(
        "/chatbots",
        {
            "name": "  Help \n desk ",
            "mode": "balanced",
            "origins": ["HTTPS://Alice.example/", "*.alice.example"],
            "suggested_questions": ["When are you open?"],
            "words": {"refusal": "We do not know."},
            "theme": {"accent": "#0A7D55"},
            "paused": True,
        },
    )

    assert made.status_code == 201, made.text
    told = made.get_json()["chatbot"]
    assert (told["name"], told["mode"], told["engine"]) == ("Help desk", "balanced", "local")
    assert told["origins"] == ["https://alice.example", "https://*.alice.example"]
    assert told["words"]["refusal"] == "We do not know."
    assert (told["theme"]["accent"], told["theme"]["radius"]) == ("#0a7d55", 16)
    assert told["paused"] is True
    assert program.get(f"/chatbots/{told['id']}").get_json() == made.get_json()
    with house.app_context():
        entry = db.session.scalar(select(AuditEntry))
        assert (entry.who, entry.action) == ("API key “Test”", "chatbot.created")


def test_it_changes_what_is_sent_and_nothing_else(house: Flask, program: Program) -> None:
    before = program.get(program.chatbot).get_json()["chatbot"]

    changed = program.call("PATCH", program.chatbot, json={"name": "Bikes", "paused": True})

    after = changed.get_json()["chatbot"]
    differ = {name for name in before if before[name] != after[name]}
    assert differ == {"name", "paused", "updated_at"}
    assert victor_at(house).send("Hello?").status_code == 403
    program.call("PATCH", program.chatbot, json={"paused": False, "words": {"limit": "Later."}})
    assert victor_at(house).send("Hello?").status_code == 200


def test_it_leaves_alone_what_was_changed_meanwhile(program: Program) -> None:
    seen = program.get(program.chatbot).headers["ETag"]
    mine = {"If-Match": seen}
    first = program.call("PATCH", program.chatbot, json={"name": "First"}, headers=mine)
    second = program.call("PATCH", program.chatbot, json={"name": "Second"}, headers=mine)
    deleted = program.call("DELETE", program.chatbot, headers=mine)

    assert first.status_code == 200
    assert refused(second) == refused(deleted) == (412, "changed_meanwhile")
    assert names(program) == ["First"]
    fresh = {"If-Match": first.headers["ETag"]}
    assert program.call("DELETE", program.chatbot, headers=fresh).status_code == 204
    assert refused(program.get(program.chatbot)) == (404, "chatbot_not_found")


def test_what_is_at_hand_is_not_sent_again(program: Program) -> None:
    for path in ("/chatbots", program.chatbot, f"{program.chatbot}/sources"):
        first = program.get(path)
        again = program.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.text) == (304, ""), path


def test_it_tells_them_page_by_page(program: Program) -> None:
    for n in range(4):
        program.post("/chatbots", {"name": f"No. {n}"})
    found, after = [], ""
    while after is not None:
        page = program.get(f"/chatbots?limit=2{after and '&after=' + after}").get_json()
        found += [each["name"] for each in page["chatbots"]]
        after = page["next"]

    assert found == ["Alice's bicycles", "No. 0", "No. 1", "No. 2", "No. 3"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": " \x00 "}, "name"),
        ({"name": None}, "name"),
        ({"mode": "wild"}, "mode"),
        ({"model": "gpt-17"}, "model"),
        ({"origins": ["*"]}, "origins"),
        ({"strings": {"no_such": "x"}}, "strings"),
        ({"strings": {"send": "{gap}"}}, "strings"),
        ({"theme": {"accent": "red"}}, "theme.accent"),
        ({"theme": {"colour": "#000000"}}, "theme.colour"),
        ({"retention_days": 500}, "retention_days"),
        ({"max_output_tokens": 1}, "max_output_tokens"),
        ({"locale": "xx"}, "locale"),
        ({"store": "fileSearchStores/bobs"}, "store"),
        ({"organization_id": "00000000-0000-0000-0000-000000000000"}, "organization_id"),
    ],
    ids=str,
)
def test_it_names_what_can_not_be(program: Program, sent: dict[str, Any], field: str) -> None:
    before = program.get(program.chatbot).get_json()

    answer = program.call("PATCH", program.chatbot, json=sent)

    assert answer.status_code == 422, answer.text
    assert answer.get_json()["error"]["field"] == field
    assert answer.get_json()["error"]["message"].startswith(f"{field}: ")
    assert program.get(program.chatbot).get_json() == before


def test_gemini_needs_a_key_of_its_own(program: Program) -> None:
    asked = program.call("PATCH", program.chatbot, json={"engine": "gemini", "name": "Bikes"})

    assert refused(asked) == (409, "gemini_key_missing")
    assert names(program) == ["Alice's bicycles"]


def test_a_key_does_what_it_is_for_and_no_more(house: Flask) -> None:
    reader = Program(house, ("chatbots:read",))
    writer = Program(house, ("chatbots:write",))

    assert reader.get("/chatbots").status_code == writer.get("/chatbots").status_code == 200
    for asked in (
        reader.post("/chatbots", {"name": "Mine"}),
        reader.call("PATCH", reader.chatbot, json={"name": "Mine"}),
        reader.call("DELETE", reader.chatbot),
        writer.get(f"{writer.chatbot}/sources"),
    ):
        assert refused(asked) == (403, "scope_missing")
    assert names(reader) == ["Alice's bicycles"]


def test_a_key_for_one_chatbot_sees_no_other(house: Flask, program: Program) -> None:
    other = program.post("/chatbots", {"name": "Other"}).get_json()["chatbot"]["id"]
    narrow = Program(house, ALL, chatbot_id=program.owner.chatbot_id)

    assert names(narrow) == ["Alice's bicycles"]
    assert refused(narrow.get(f"/chatbots/{other}")) == (404, "chatbot_not_found")
    assert refused(narrow.get(f"/chatbots/{other}/sources")) == (404, "chatbot_not_found")
    assert refused(narrow.post("/chatbots", {"name": "More"})) == (403, "key_for_one_chatbot")


def test_deleting_a_chatbot_ends_the_keys_that_were_for_it(house: Flask, program: Program) -> None:
    narrow = Program(house, ALL, chatbot_id=program.owner.chatbot_id)

    assert narrow.call("DELETE", narrow.chatbot).status_code == 204

    assert refused(narrow.get("/chatbots")) == (401, "key_invalid")
    assert names(program) == []
    with house.app_context():
        jobs.work_off()
        assert db.session.scalars(select(Chatbot.name)).all() == ["Bob's bakery"]
