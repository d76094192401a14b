"""Programs read what visitors asked, and say something themselves."""

from __future__ import annotations

import csv
import io
import json

import pytest
from cast import Visitor, sign_in, victor_at
from flask import Flask
from programs import Program, refused
from scripted import ScriptedEngine

from ragwidget.engines.protocol import EngineFailed


@pytest.fixture
def engine(house: Flask) -> ScriptedEngine:
    return house.extensions["engine"]


@pytest.fixture
def victor(house: Flask) -> Visitor:
    return victor_at(house)


def at(program: Program, victor: Visitor) -> str:
    return f"{program.chatbot}/conversations/{victor.conversation_id}"


def test_it_tells_who_asked_what_and_what_it_took(
    program: Program, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say(EngineFailed("engine_key", "Sorry.", retryable=True, hint="Renew the key."))
    page = {"url": "https://alice.example/hours", "title": "Hours"}
    reply = victor.ask("When?", page=page, visitor={"name": "Victor"}, context={"plan": "gold"})
    victor.hear(victor.post(f"/messages/{reply.message_id}/retry"))

    told = program.get(at(program, victor)).get_json()["conversation"]
    said = program.get(f"{at(program, victor)}/messages").get_json()["messages"]

    assert (told["visitor"]["name"], told["context"]) == ("Victor", {"plan": "gold"})
    assert (told["page"], told["network"]) == (page, "203.0.113.0/24")
    assert [(each["role"], each["text"], each["superseded"]) for each in said] == [
        ("visitor", "When?", False),
        ("chatbot", "", True),
        ("chatbot", "Yes.", False),
    ]
    assert said[0]["page"] == page
    assert (said[1]["error"]["code"], said[1]["hint"]) == ("engine_key", "Renew the key.")
    assert said[2]["tokens"]["total"] == 10


def test_it_lists_and_finds_them_page_by_page(program: Program, victor: Visitor) -> None:
    for n in range(3):
        victor.ask(f"Is number {n} of any use?", new_conversation=True)

    place = f"{program.chatbot}/conversations"
    first = program.get(f"{place}?limit=2").get_json()
    second = program.get(f"{place}?limit=2&after={first['next']}").get_json()
    found = program.get(f"{place}?search=number 1").get_json()

    titles = [each["title"] for page in (first, second) for each in page["conversations"]]
    assert titles == [f"Is number {n} of any use?" for n in (2, 1, 0)]
    assert second["next"] is None
    assert [each["title"] for each in found["conversations"]] == ["Is number 1 of any use?"]
    assert refused(program.get(f"{place}?after=yesterday"))[0] == 422


def test_a_visitor_reads_what_the_team_says_and_the_model_knows_it(
    program: Program, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("May I bring my dog?")
    said = {"author": " Anna\x00 ", "text": "Of course, **do**!"}
    made = program.post(f"{at(program, victor)}/messages", said, name="anna-1")
    again = program.post(f"{at(program, victor)}/messages", said, name="anna-1")

    assert (made.status_code, again.text) == (201, made.text)
    read = victor.messages()[-1]
    assert (read["role"], read["author"], read["text"]) == ("team", "Anna", "Of course, **do**!")
    assert len(victor.messages()) == 3
    rating = {"json": {"rating": "up"}}
    assert victor.call("PUT", f"/messages/{read['id']}/feedback", **rating).status_code == 422
    assert victor.post(f"/messages/{read['id']}/retry").status_code == 409
    victor.ask("Thank you!")
    assert engine.asked[-1].history[-1].text == "Of course, **do**!"
    found = program.get(f"{program.chatbot}/conversations?search=course").get_json()
    assert len(found["conversations"]) == 1
    assert [each["role"] for each in victor.messages()[2:]] == ["team", "visitor", "chatbot"]


def test_it_sorts_them_and_finds_them_so(program: Program, victor: Visitor) -> None:
    place = f"{program.chatbot}/conversations"
    victor.ask("May I bring my dog?")
    dog = at(program, victor)
    victor.ask("When?", new_conversation=True)
    tag = program.post("/tags", {"name": " Dogs ", "colour": "teal"}).get_json()["tag"]

    wished = {"tags": [tag["id"]], "archived": True, "handled": True}
    told = program.call("PATCH", dog, json=wished).get_json()["conversation"]

    def found(query: str) -> list[str]:
        page = program.get(f"{place}?{query}")
        assert page.status_code == 200, page.text
        return [each["title"] for each in page.get_json()["conversations"]]

    assert (told["tags"], told["handled"], told["archived"]) == ([tag], True, True)
    assert tag["name"] == "Dogs"
    assert found("") == ["When?"]
    assert found(f"archived=any&tag={tag['id']}") == ["May I bring my dog?"]
    assert found("archived=any&handled=no&outcome=answered") == ["When?"]
    assert refused(program.get(f"{place}?from=2026-12-01&to=2026-11-01"))[0] == 422
    assert refused(program.get(f"{place}?outcome=odd"))[0] == 422
    assert refused(program.get(f"{place}?ratting=down"))[0] == 422
    told = program.call("PATCH", dog, json={"tags": [], "archived": False}).get_json()
    assert (told["conversation"]["tags"], told["conversation"]["archived"]) == ([], False)
    other = program.call("PATCH", dog, json={"tags": ["00000000-0000-0000-0000-000000000000"]})
    assert refused(other) == (404, "tag_not_found")


def test_it_hands_out_files_that_spreadsheets_can_open(program: Program, victor: Visitor) -> None:
    place = f"{program.chatbot}/conversations/export"
    victor.ask("=HYPERLINK(A1)")
    program.post(f"{at(program, victor)}/messages", {"author": "Anna", "text": "Hello."})

    table = program.get(place)
    lines = program.get(f"{place}?format=jsonl&search=hyperlink")
    none = program.get(f"{place}?format=jsonl&outcome=failed")

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [row["question"] for row in rows] == ["'=HYPERLINK(A1)", ""]
    records = [json.loads(line) for line in lines.text.splitlines()]
    assert [(each["answer"], each["author"]) for each in records] == [
        ("Yes.", None),
        ("Hello.", "Anna"),
    ]
    assert none.text == ""


def test_the_team_reads_whose_words_they_are(
    house: Flask, program: Program, victor: Visitor
) -> None:
    victor.ask("May I bring my dog?")
    said = {"author": "Anna <b>", "text": "Of course!"}
    program.post(f"{at(program, victor)}/messages", said)

    page = sign_in(house, "alice@example.org").get(f"/dashboard{at(program, victor)}").text

    assert "<bdi>Anna &lt;b&gt;</bdi> from the team" in page
    assert page.count("from the team") == 1


def test_it_erases_one_that_is_as_it_was(program: Program, victor: Visitor) -> None:
    victor.ask("When?")
    seen = {"If-Match": program.get(at(program, victor)).headers["ETag"]}
    victor.ask("And on Sunday?")

    assert refused(program.call("DELETE", at(program, victor), headers=seen))[0] == 412
    assert program.call("DELETE", at(program, victor)).status_code == 204

    assert refused(program.get(at(program, victor))) == (404, "conversation_not_found")
    assert victor.get(f"/conversations/{victor.conversation_id}").status_code == 404


def test_reading_does_not_let_a_key_write(house: Flask, victor: Visitor) -> None:
    victor.ask("When?")
    reader = Program(house, ("conversations:read",))
    said = {"author": "Anna", "text": "Hello."}

    assert refused(reader.post(f"{at(reader, victor)}/messages", said)) == (403, "scope_missing")
    assert refused(reader.call("DELETE", at(reader, victor))) == (403, "scope_missing")
    assert len(victor.messages()) == 2
