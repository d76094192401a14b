"""A chatbot tried by its owner, with settings that need not be saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse
from wrecking import kill_in_the_middle

from ragwidget import budgets, jobs
from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import EngineFailed, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, DailyBudget, DailyUsage, Reserve, now

USAGE = Usage(prompt=900, completion=50, thoughts=20, tools=400)
LINES = "application/x-ndjson"
PLAYER = """
import sys, time
from uuid import UUID
from ragwidget.answering import playing
from ragwidget.app import create_app
from ragwidget.chat.events import Delta
from ragwidget.extensions import db
from ragwidget.models import Chatbot

class Engine:
    name = "slow"

    def answer(self, asked):
        yield Delta("At")
        print("in the middle", flush=True)
        time.sleep(60)

app = create_app(SECRET_KEY="another", INSTANCE=sys.argv[1], DATABASE_URL=sys.argv[2])
app.extensions["engine"] = Engine()
with app.app_context():
    chatbot = db.session.get_one(Chatbot, UUID(sys.argv[3]))
    list(playing.play(app, chatbot, "When?", ())[1])
"""


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """The app on SQLite only: nothing is written down but what is in the ledger."""
    return make_house(GEMINI_API_KEY="a-key-that-nobody-should-see")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def path(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/playground"


@pytest.fixture
def engine(app: Flask) -> ScriptedEngine:
    return app.extensions["engine"]


def ask(client: FlaskClient, path: str, question: str, **fields: str) -> list[dict[str, Any]]:
    """Ask as the page's script does; return what was told."""
    typed = {"mode": "strict", "model": "", "question": question, **fields}
    answer = client.post(
        f"{path}/ask",
        data={**typed, "csrf_token": csrf_of(client, path)},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == LINES
    return [json.loads(line) for line in answer.text.splitlines()]


def cited(alice: Owner) -> Sources:
    ref = SourceRef(
        index=1,
        source_id=str(alice.source_id),
        title="Hours.pdf",
        kind="file",
        page=3,
        url=None,
        snippet="It opens at nine.",
        score=0.8712,
        spans=((0, 8),),
    )
    return Sources((ref,))


def uses_gemini(app: Flask, alice: Owner) -> None:
    with app.app_context():
        db.session.get_one(Chatbot, alice.chatbot_id).engine = "gemini"
        db.session.commit()


def test_it_tells_the_events_the_passages_and_the_cost(
    app: Flask, alice: Owner, client: FlaskClient, path: str, engine: ScriptedEngine
) -> None:
    uses_gemini(app, alice)
    engine.will_say("At nine.", " On Saturdays at ten.", cited(alice), USAGE)

    *events, played = ask(client, path, "When does it open?")

    assert [event["name"] for event in events] == ["delta", "delta", "sources", "finish"]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert played["text"] == "At nine. On Saturdays at ten."
    for words in ("Hours.pdf, page 3", "score 0.87", "scripted-1", "4 events", 'class="mark"'):
        assert words in played["html"]


def test_it_tries_settings_without_saving_them(
    app: Flask, alice: Owner, client: FlaskClient, path: str, engine: ScriptedEngine
) -> None:
    said = json.dumps([["visitor", "Hello?"], ["chatbot", "Hi."]])
    tried = {
        "instructions": "Rhyme.",
        "temperature": "1.5",
        "top_k": "3",
        "max_output_tokens": "300",
    }

    ask(client, path, "And now?", mode="creative", history=said, **tried)

    [asked] = engine.asked
    assert (asked.instructions, asked.mode, asked.temperature) == ("Rhyme.", "creative", 1.5)
    assert (asked.top_k, asked.max_tokens) == (3, 300)
    assert [message.text for message in asked.history] == ["Hello?", "Hi."]
    with app.app_context():
        kept = db.session.get_one(Chatbot, alice.chatbot_id)
        assert (kept.instructions, kept.mode, kept.temperature) == ("", "balanced", None)

    client.post(
        f"{path}/save",
        data={**tried, "mode": "creative", "csrf_token": csrf_of(client, path)},
    )
    with app.app_context():
        kept = db.session.get_one(Chatbot, alice.chatbot_id)
        assert (kept.instructions, kept.mode, kept.temperature) == ("Rhyme.", "creative", 1.5)
        assert kept.origins == ["https://alice.example"]


def test_it_counts_in_the_budget_and_nowhere_else(
    app: Flask, alice: Owner, client: FlaskClient, path: str, engine: ScriptedEngine
) -> None:
    uses_gemini(app, alice)
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        chatbot.questions_per_hour = 1
        db.session.commit()
    for _ in range(2):
        ask(client, path, "When?")

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Conversation)) == 0
        [day] = db.session.scalars(select(DailyUsage))
        assert (day.calls, day.prompt_tokens, day.completion_tokens) == (2, 14, 6)
        assert day.tried_tokens == 20, "no visitor's message is dearer for it"
        budgets.set_limits(alice.organization_id, 30, None)

    typed = {"mode": "strict", "question": "And?", "csrf_token": csrf_of(client, path)}
    refused = client.post(f"{path}/ask", data=typed, headers={"Accept": "application/json"})
    page = client.post(f"{path}/ask", data=typed)
    assert (refused.status_code, page.status_code) == (429, 429)
    assert "budget for today is spent" in refused.get_json()["error"]["message"]
    assert "budget for today is spent" in page.text
    assert len(engine.asked) == 2


def test_what_is_being_answered_is_set_aside_and_given_back(
    app: Flask, alice: Owner, client: FlaskClient, path: str, engine: ScriptedEngine
) -> None:
    uses_gemini(app, alice)
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        expected = budgets.expect(chatbot, "When?", history_chars=0, use_sources=True)
        budgets.set_limits(alice.organization_id, expected.total + 20, None)
    typed = {"mode": "strict", "question": "When?", "csrf_token": csrf_of(client, path)}

    def press() -> TestResponse:
        return client.post(f"{path}/ask", data=typed, headers={"Accept": "application/json"})

    first = press()  # and doesn't hear it yet
    assert press().status_code == 429
    assert b"Yes." in first.data
    first.close()
    assert (standing(app), len(engine.asked)) == ((10, 0), 1)

    engine.will_say(EngineFailed("engine_down", "Please ask again."))
    assert b"Please ask again." in press().data
    assert standing(app) == (10, 0)

    press().close()
    assert standing(app) == (10 + expected.total, 0), "nobody heard what was on its way"


def test_what_a_killed_process_set_aside_is_counted_once_nobody_can_be_at_it(
    app: Flask, alice: Owner
) -> None:
    """`kill -9` in the middle of an answer."""
    uses_gemini(app, alice)
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        expected = budgets.expect(chatbot, "When?", history_chars=0, use_sources=True).total
        budgets.set_limits(alice.organization_id, expected + 20, None)
    told = (app.config["INSTANCE"], app.config["DATABASE_URL"], str(alice.chatbot_id))
    kill_in_the_middle(PLAYER, *told)

    with app.app_context():
        jobs.sweep()
        assert standing(app) == (0, expected), "it may be at it still"
        db.session.execute(update(Reserve).values(made_at=now() - timedelta(minutes=9)))
        db.session.commit()
        jobs.sweep()
        jobs.sweep()
        assert standing(app) == (expected, 0)
        assert db.session.scalars(select(DailyUsage)).one().prompt_tokens == expected


def standing(app: Flask) -> tuple[int, int]:
    """Return what the day has taken, and what is set aside in it."""
    with app.app_context():
        [day] = db.session.scalars(select(DailyBudget))
        return day.tokens, day.held_tokens


def test_it_says_why_an_engine_failed_and_what_to_do(
    client: FlaskClient, path: str, engine: ScriptedEngine
) -> None:
    engine.will_say("At", EngineFailed("engine_down", "Please ask again.", hint="Gemini is away."))

    *events, played = ask(client, path, "When?")

    assert [event["name"] for event in events] == ["delta", "failed"]
    assert "Gemini is away." in played["html"]


def test_it_works_without_a_script(client: FlaskClient, path: str, engine: ScriptedEngine) -> None:
    engine.will_say("At **nine**.")
    typed = {"mode": "strict", "question": "<b>When?</b>", "csrf_token": csrf_of(client, path)}

    page = client.post(f"{path}/ask", data=typed).text

    assert "At <strong>nine</strong>." in page
    assert "<dt>Cost</dt><dd>free</dd>" in page
    assert "&lt;b&gt;When?&lt;/b&gt;" in page
    assert "<b>When?" not in page
    empty = client.post(f"{path}/ask", data={**typed, "question": ""})
    assert (empty.status_code, "Write a question first." in empty.text) == (422, True)
    forged = client.post(f"{path}/ask", data={**typed, "history": '[{"role": 1}]'})
    assert (forged.status_code, "Load the page again" in forged.text) == (422, True)


def test_who_may_only_look_asks_nothing(app: Flask, path: str, engine: ScriptedEngine) -> None:
    viola = sign_in(app, "viola@example.org")
    token = csrf_of(viola, "/account/password")

    assert viola.post(f"{path}/ask", data={"question": "x", "csrf_token": token}).status_code == 403
    assert "Playground" not in viola.get(path.removesuffix("playground")).text
    assert engine.asked == []
