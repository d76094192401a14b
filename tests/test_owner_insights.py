"""Programs watch the numbers, of what their key is for."""

from __future__ import annotations

from collections.abc import Callable

from cast import victor_at
from flask import Flask
from programs import Program, refused


def test_it_tells_what_happened_to_the_last_minute(make_house: Callable[..., Flask]) -> None:
    house = make_house()
    program, victor = Program(house), victor_at(house)
    other = program.post("/chatbots", {"name": "Other"}).get_json()["chatbot"]["id"]
    for _ in range(2):
        victor.ask("When does it open?")
    spoken = f"{program.chatbot}/conversations/{victor.conversation_id}"
    program.post(f"{spoken}/messages", {"author": "Anna", "text": "At nine."})

    mine = program.get(f"{program.chatbot}/insights?range=7d").get_json()
    all_ = program.get("/insights").get_json()
    none = program.get(f"/chatbots/{other}/insights").get_json()

    assert (mine["total"]["questions"], mine["total"]["answered"]) == (2, 2)
    assert (len(mine["days"]), mine["days"][-1]["questions"]) == (7, 2)
    assert mine["total"]["first_text_ms"]["p50"] is not None
    assert [each["words"] for each in mine["top_questions"]] == ["When does it open?"]
    assert all_["total"] == mine["total"]
    assert (none["total"]["questions"], none["top_questions"]) == (0, [])
    assert refused(program.get("/insights?from=2026-12-01&to=2026-11-01"))[0] == 422
    narrow = Program(house, ("insights:read",), chatbot_id=program.owner.chatbot_id)
    assert narrow.get("/insights").get_json()["total"] == mine["total"]
    assert refused(narrow.get(f"/chatbots/{other}/insights")) == (404, "chatbot_not_found")
