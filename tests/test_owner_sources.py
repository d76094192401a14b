"""Programs give chatbots something to read, replace it, and take it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from programs import Program, refused
from sqlalchemy import select

from ragwidget import jobs
from ragwidget.errors import TooMuch
from ragwidget.extensions import db
from ragwidget.models import AuditEntry, Deletion, Passage

GULLS = b"# Gulls\n\nThe gulls are fed at dusk.\n"
PUFFINS = b"# Puffins\n\nThe puffins are fed at dawn.\n"


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    return make_house(MAX_FILE_BYTES=2_000_000, MAX_SOURCE_CHARS=1_500_000, MAX_SOURCES=6)


@pytest.fixture
def at(program: Program) -> str:
    return f"{program.chatbot}/sources"


def read(house: Flask) -> None:
    with house.app_context():
        jobs.work_off()


def words(house: Flask, source_id: str) -> str:
    with house.app_context():
        found = db.session.scalars(select(Passage).order_by(Passage.position))
        return " ".join(each.text for each in found if str(each.source_id) == source_id)


def test_it_adds_a_file_a_text_and_a_pair(house: Flask, program: Program, at: str) -> None:
    made = [
        program.upload(f"{at}/file", GULLS, "gulls.md"),
        program.post(f"{at}/text", {"title": "Puffins", "text": PUFFINS.decode()}),
        program.post(f"{at}/qa", {"question": "Fish?", "answer": "On Fridays."}),
    ]

    assert [answer.status_code for answer in made] == [201] * 3, [each.text for each in made]
    told = [answer.get_json()["source"] for answer in made]
    assert [each["kind"] for each in told] == ["file", "text", "qa"]
    assert {each["state"] for each in told} == {"waiting"}
    read(house)
    now_told = [program.get(f"{at}/{each['id']}").get_json()["source"] for each in told]
    assert {(each["state"], each["percent"]) for each in now_told} == {("ready", 100)}
    assert "gulls are fed at dusk" in words(house, told[0]["id"])
    assert (now_told[2]["question"], now_told[2]["text"]) == ("Fish?", "On Fridays.")


def test_it_lists_them_page_by_page_and_by_kind(program: Program, at: str) -> None:
    for n in range(3):
        program.post(f"{at}/qa", {"question": f"Question {n}?", "answer": "Yes."})

    first = program.get(f"{at}?kind=qa&limit=2").get_json()
    second = program.get(f"{at}?kind=qa&limit=2&after={first['next']}").get_json()

    titles = [each["title"] for page in (first, second) for each in page["sources"]]
    assert titles == ["Question 2?", "Question 1?", "Question 0?"]
    assert second["next"] is None
    found = program.get(f"{at}?search=question 1").get_json()["sources"]
    assert [each["title"] for each in found] == ["Question 1?"]


def test_it_puts_something_else_in_its_place(house: Flask, program: Program, at: str) -> None:
    file = program.upload(f"{at}/file", GULLS, "gulls.md").get_json()["source"]["id"]
    text = program.post(f"{at}/text", {"title": "A", "text": "Old."}).get_json()["source"]["id"]
    pair = program.post(f"{at}/qa", {"question": "A?", "answer": "Old."}).get_json()["source"]["id"]
    read(house)

    put = [
        program.upload(f"{at}/{file}/file", PUFFINS, "birds.md", method="PUT"),
        program.call("PUT", f"{at}/{text}/text", json={"title": "B", "text": "Entirely new."}),
        program.call("PUT", f"{at}/{pair}/qa", json={"question": "B?", "answer": "Newly so."}),
    ]

    assert [answer.status_code for answer in put] == [200] * 3, [each.text for each in put]
    assert [answer.get_json()["source"]["title"] for answer in put] == ["birds.md", "B", "B?"]
    assert "gulls" in words(house, file)
    read(house)
    assert "puffins" in words(house, file)
    assert "gulls" not in words(house, file)
    assert "Entirely new." in words(house, text)
    assert "Newly so." in words(house, pair)
    with house.app_context():
        assert db.session.scalars(select(Deletion.kind)).all() == ["original"]
        done = db.session.scalars(select(AuditEntry.action)).all()
    assert done == ["source.added"] * 3 + ["source.replaced"] * 3


def test_what_is_of_another_kind_takes_no_place(program: Program, at: str) -> None:
    text = f"{at}/{program.owner.source_id}"

    file = program.upload(f"{text}/file", GULLS, "gulls.md", method="PUT")
    pair = program.call("PUT", f"{text}/qa", json={"question": "A?", "answer": "B."})

    assert refused(file) == (409, "not_a_file")
    assert refused(pair) == (409, "other_kind")


def test_it_takes_one_away_and_reads_one_again(house: Flask, program: Program, at: str) -> None:
    source = f"{at}/{program.owner.source_id}"
    assert program.get(source).get_json()["source"]["state"] == "ready"

    again = program.post(f"{source}/read")
    assert (again.status_code, again.get_json()["source"]["state"]) == (202, "waiting")
    read(house)
    assert program.get(source).get_json()["source"]["state"] == "ready"
    assert program.call("DELETE", source).status_code == 204

    assert refused(program.get(source)) == (404, "source_not_found")
    assert refused(program.call("DELETE", source)) == (404, "source_not_found")
    assert words(house, str(program.owner.source_id)) == ""


@pytest.mark.parametrize(
    ("what", "sent", "refusal"),
    [
        ("file", {"data": {}}, (422, "file")),
        ("file", {"json": {}}, (422, "file")),
        ("file", {"data": {"file": "words"}}, (422, "file")),
        ("text", {"json": {"title": "\x00", "text": "x"}}, (422, "title")),
        ("text", {"json": {"title": "x", "text": "x" * 1_500_001}}, (422, "text")),
        ("text", {"data": {"title": "x", "text": "x"}}, (422, "body")),
        ("qa", {"json": {"question": "x", "answer": "x" * 20_001}}, (422, "answer")),
        ("qa", {"json": {"question": "x", "answer": "x", "kind": "page"}}, (422, "kind")),
    ],
    ids=["nothing", "json", "no file", "no title", "long", "a form", "a long answer", "a kind"],
)
def test_it_names_what_is_wrong(
    program: Program, at: str, what: str, sent: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = program.call("POST", f"{at}/{what}", **sent)

    assert (answer.status_code, answer.get_json()["error"]["field"]) == refusal, answer.text


def test_much_is_taken_only_from_who_has_a_key(house: Flask, program: Program, at: str) -> None:
    large = b"# Much\n\n" + b"Gulls and more gulls. " * 80_000
    stranger = Program(house)
    stranger.key = "rw_not-one-of-ours"

    assert refused(stranger.upload(f"{at}/file", large, "large.md")) == (413, TooMuch.code)
    assert refused(program.upload(f"{at}/file", large * 3, "large.md")) == (413, TooMuch.code)
    assert program.upload(f"{at}/file", large, "large.md").status_code == 201


def test_the_same_thing_and_one_too_many_are_refused(program: Program, at: str) -> None:
    pair = {"question": "Fish?", "answer": "On Fridays."}
    assert program.post(f"{at}/qa", pair).status_code == 201

    assert refused(program.post(f"{at}/qa", pair)) == (409, "already_there")
    for n in range(4):
        program.post(f"{at}/qa", {"question": f"{n}?", "answer": "Yes."})
    assert refused(program.post(f"{at}/qa", {"question": "7?", "answer": "Yes."})) == (
        409,
        "too_many_sources",
    )
