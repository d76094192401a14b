"""An owner looks for what was said, in questions, answers and titles."""

import re
from uuid import UUID

import pytest
from cast import Owner, Visitor, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sqlalchemy import delete, func, select, text, update

from ragwidget import conversations, jobs
from ragwidget.conversations import Filters
from ragwidget.conversations.search import transcripts
from ragwidget.engines.protocol import EngineFailed
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, Transcript

TITLES = re.compile(r'class="row-link"[^>]*><bdi>([^<]*)<')


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


def found(client: FlaskClient, owner: Owner, words: str, **more: str) -> list[str]:
    """Return the titles on the page of a search."""
    page = client.get(
        f"/dashboard/chatbots/{owner.chatbot_id}/conversations",
        query_string={"search": words, **more},
    )
    assert page.status_code == 200, page.text
    return TITLES.findall(page.text)


def say(victor: Visitor, engine: ScriptedEngine, question: str, *answer: object) -> UUID:
    """Ask in a conversation of its own; return which one it is."""
    engine.will_say(*answer)
    victor.token = None
    victor.ask(question)
    assert victor.conversation_id
    return UUID(victor.conversation_id)


def test_it_finds_words_of_questions_answers_and_titles(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "We do, for fifty euros.")
    say(victor, engine, "Where is the harbour?", "Behind the lighthouse.")
    engine.will_say("On Mondays.")
    victor.ask("And when does the ferry sail?")
    victor.call(
        "PATCH", f"/conversations/{victor.conversation_id}", json={"title": "A trip to Jersey"}
    )

    assert found(client, alice, "brakes") == ["Do you mend brakes?"]
    assert found(client, alice, "fifty mend") == ["Do you mend brakes?"]
    for words in ("harbour", "lighthouse", "ferry", "mondays", "Jersey", "jersey harbour sail"):
        assert found(client, alice, words) == ["A trip to Jersey"]
    assert found(client, alice, "brakes lighthouse") == []


def test_it_finds_words_however_they_are_written(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Café?", "Ja, mit WLAN für alle E-Bikes: bob@example.org, 東京支店.")

    for words in ("cafe", "CAFÉ", "wla", "fur al", "e-bike", "bob@exam", "example", "東京"):
        assert found(client, alice, words) == ["Café?"], words
    for words in ("afe", "caf mit", "wl fur", "bobby", "京東", "…", "'", '"'):
        assert found(client, alice, words) == [], words


def test_what_is_typed_is_never_the_query_s_own(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "Yes.")

    for typed in ('"', "'", "a:*", "NOT brakes", "x OR mend", "{terms} : x", "a & | !b", "\0", "("):
        assert found(client, alice, typed) == [], typed
    for typed in ("brakes " * 100, "'brakes'", '"mend"', "^mend*"):
        assert found(client, alice, typed) == ["Do you mend brakes?"], typed


def test_nobody_finds_what_a_neighbour_s_visitors_said(
    app: Flask,
    client: FlaskClient,
    alice: Owner,
    bob: Owner,
    victor: Visitor,
    engine: ScriptedEngine,
) -> None:
    say(victor, engine, "Do you mend brakes?", "Yes.")
    visitor = Visitor(app, bob.chatbot_id, origin="https://bob.example")
    say(visitor, engine, "Brakes in a bakery?", "No.")

    assert found(client, alice, "brakes") == ["Do you mend brakes?"]
    assert found(sign_in(app, "bob@example.org"), bob, "bra") == ["Brakes in a bakery?"]


def test_it_finds_what_was_said_before_an_answer_failed(
    client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "Of course", EngineFailed("away", "Not now."))

    assert found(client, alice, "brakes course") == ["Do you mend brakes?"]


def test_it_forgets_the_words_of_what_is_erased_or_renamed(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "Yes.")
    path = f"/conversations/{victor.conversation_id}"
    victor.call("PATCH", path, json={"title": "Wheels"})
    victor.call("PATCH", path, json={"title": "Repairs"})
    assert found(client, alice, "wheels") == []
    victor.call("DELETE", path)

    assert found(client, alice, "brakes") == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Transcript)) == 0
        assert db.session.scalar(text("SELECT count(*) FROM transcripts_fts")) == 0


def test_it_turns_the_pages_of_what_was_found_newest_first(
    app: Flask,
    alice: Owner,
    victor: Visitor,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transcripts, "CHAPTER", 3)
    first = say(victor, engine, "Brakes number 0?", "Yes.")
    token = victor.token
    for number in range(1, 12):
        say(victor, engine, f"Brakes number {number}?", "Yes." if number % 3 else "Rarely.")
    victor.token, victor.conversation_id = token, str(first)
    engine.will_say("Rarely.")
    victor.ask("And now?")

    def pages(words: str) -> list[list[str]]:
        seen, after = [], None
        while True:
            page = conversations.listing(alice.chatbot_id, Filters(words), after=after, limit=5)
            seen.append([row.title.removeprefix("Brakes number ") for row in page.rows])
            after = page.next
            if after is None:
                return seen

    with app.app_context():
        assert pages("brake") == [
            ["0?", "11?", "10?", "9?", "8?"],
            ["7?", "6?", "5?", "4?", "3?"],
            ["2?", "1?"],
        ]
        assert pages("rarely brakes") == [["0?", "9?", "6?", "3?"]]


def test_a_foreign_cursor_is_refused(client: FlaskClient, alice: Owner) -> None:
    for cursor in ("x", "-1", "1" * 30, "2026-01-01T00:00:00+00:00~0"):
        answer = client.get(
            f"/dashboard/chatbots/{alice.chatbot_id}/conversations",
            query_string={"search": "a", "after": cursor},
        )
        assert answer.status_code == 422


def test_it_finds_in_time_what_an_earlier_version_wrote(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "Yes.")
    say(victor, engine, "And wheels?", "No.")
    with app.app_context():
        db.session.execute(delete(Transcript))
        db.session.execute(update(Message).values(to_index=False))
        db.session.commit()
        assert found(client, alice, "brakes") == []

        jobs.index_missing()
        assert conversations.index_missing() == 0

    assert found(client, alice, "brakes") == ["Do you mend brakes?"]
    assert found(client, alice, "wheels no") == ["And wheels?"]


def test_what_was_said_is_indexed_before_anybody_searches(
    app: Flask, victor: Visitor, engine: ScriptedEngine
) -> None:
    say(victor, engine, "Do you mend brakes?", "Yes.")
    say(victor, engine, "And wheels?", EngineFailed("busy", "Not now.", hint="It is busy."))
    with app.app_context():
        indexed = select(func.count()).select_from(Transcript)
        assert db.session.scalar(indexed) == 0

        jobs.sweep()

        assert db.session.scalar(indexed) == 2
        assert conversations.index_ended() == 0


def test_a_conversation_of_endless_new_words_is_still_answered(
    app: Flask, client: FlaskClient, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    words = " ".join(f"東{number:x}" * 6 for number in range(30_000))
    say(victor, engine, "Do you mend brakes?", words)

    engine.will_say("Certainly.")
    assert victor.ask("And wheels?").names[-1] == "done"
    assert found(client, alice, "certainly wheels") == ["Do you mend brakes?"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Conversation)) == 1
