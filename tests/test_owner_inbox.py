"""Programs look after what visitors left for a human, and leave notes for the team."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cast import Visitor, sign_in, victor_at
from flask import Flask
from programs import Program, refused


@pytest.fixture
def victor(house: Flask) -> Visitor:
    victor = victor_at(house)
    victor.ask("May I bring my dog?")
    return victor


def leave(victor: Visitor, message: str) -> str:
    body = {"name": "Victor", "email": "victor@example.org", "message": message}
    left = victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)
    return str(left.get_json()["contact"]["id"])


def told(program: Program, query: str = "") -> list[str]:
    page = program.get(f"/contacts{query}")
    assert page.status_code == 200, page.text
    return [each["message"] for each in page.get_json()["contacts"]]


def test_it_lists_them_page_by_page_and_says_who_looks_after_one(
    program: Program, victor: Visitor
) -> None:
    for message in ("First.", "Second.", "Third."):
        last = leave(victor, message)
    first = program.get("/contacts?limit=2").get_json()

    assert [each["message"] for each in first["contacts"]] == ["Third.", "Second."]
    assert told(program, f"?after={first['next']}") == ["First."]

    def change(**sent: Any) -> dict[str, Any]:
        answer = program.call("PATCH", f"/contacts/{last}", json=sent)
        assert answer.status_code == 200, answer.text
        contact: dict[str, Any] = answer.get_json()["contact"]
        return contact

    assert change(assignee="Alice@example.org")["state"] == "taken"
    assert told(program, "?assignee=alice@example.org") == ["Third."]
    assert told(program, "?assignee=nobody") == ["Second.", "First."]
    assert change(done=True)["done_at"]
    assert told(program) == ["Second.", "First."]
    assert told(program, "?state=done") == ["Third."]
    again = change(done=False, assignee=None)
    assert (again["state"], again["assignee"], again["done_at"]) == ("open", None, None)


def test_only_a_member_can_look_after_one_that_is_as_it_was(
    program: Program, victor: Visitor
) -> None:
    at = f"/contacts/{leave(victor, 'Please ring.')}"
    seen = {"If-Match": program.get(at).headers["ETag"]}

    assert refused(program.call("PATCH", at, json={"assignee": "bob@example.org"}))[0] == 422
    assert refused(program.get("/contacts?assignee=bob@example.org"))[0] == 422
    program.call("PATCH", at, json={"done": True})
    late = program.call("PATCH", at, json={"done": False}, headers=seen)
    assert refused(late) == (412, "changed_meanwhile")


def test_a_key_for_one_chatbot_sees_what_was_left_there(house: Flask, victor: Visitor) -> None:
    left = leave(victor, "Please ring.")
    made = Program(house).post("/chatbots", {"name": "Help"}).get_json()["chatbot"]["id"]
    here, elsewhere = Program(house), Program(house, chatbot_id=UUID(made))

    assert told(here, f"?chatbot={victor.chatbot_id}") == ["Please ring."]
    assert told(elsewhere) == []
    assert refused(elsewhere.get(f"/contacts?chatbot={victor.chatbot_id}"))[0] == 404
    assert refused(elsewhere.get(f"/contacts/{left}")) == (404, "contact_request_not_found")


def test_the_team_reads_a_programs_notes_and_the_visitor_does_not(
    house: Flask, program: Program, victor: Visitor
) -> None:
    place = f"{program.chatbot}/conversations/{victor.conversation_id}"
    at = f"{place}/notes"
    made = program.post(at, {"text": " He rang\x00 twice. "}, name="note-1").get_json()["note"]
    again = program.post(at, {"text": " He rang\x00 twice. "}, name="note-1").get_json()["note"]
    program.post(at, {"text": "Known since 2019.", "author": "The shop’s register"})

    assert again == made
    assert made["text"] == "He rang twice."
    notes = program.get(at).get_json()["notes"]
    assert [each["author"] for each in notes] == ["API key “Test”", "The shop’s register"]
    assert "He rang twice." in sign_in(house, "alice@example.org").get(f"/dashboard{place}").text
    assert "rang" not in victor.get(f"/conversations/{victor.conversation_id}/messages").text
    assert program.call("DELETE", f"{at}/{made['id']}").status_code == 204
    assert refused(program.call("DELETE", f"{at}/{made['id']}")) == (404, "note_not_found")
    assert len(program.get(at).get_json()["notes"]) == 1
