"""Titles and questions to ask next come behind the answer, by a worker, and never in its way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from cast import Reply, Visitor
from houses import *  # noqa: F403 (fixtures)
from housing import House
from sqlalchemy import select

from ragwidget import budgets, chatbots, jobs
from ragwidget.extensions import db
from ragwidget.jobs import Worker
from ragwidget.models import DailyUsage, Message

WISH = "Reply with JSON"  # stands in every request for suggestions, and in no other
ASKED = "Answer: "  # … and this in what they are about
QUESTION = "When does the bicycle shop open?"
SAID = {"title": "Opening hours", "follow_ups": ["And on Saturdays?", "What is the deposit?"]}


@pytest.fixture
def at_work(shed: House) -> Iterator[Worker]:
    worker = jobs.start_worker(shed.app)
    yield worker
    worker.stop(graceful=True)


def wish(house: House, *, titles: bool = True, follow_ups: bool = True) -> None:
    chatbots.change(house.chatbot, writes_titles=titles, suggests_follow_ups=follow_ups)


def seen(victor: Visitor, reply: Reply) -> dict[str, Any]:
    """Return what the widget gets when it looks again."""
    db.session.remove()  # or this context would go on seeing what it saw
    response = victor.get(f"/messages/{reply.message_id}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.get_json()
    return found


def calls(house: House) -> int:
    return sum(WISH in json.dumps(each["body"]) for each in house.gemini.requests("generate"))


def test_a_worker_adds_a_title_and_questions_to_ask_next(shed: House, at_work: Worker) -> None:
    wish(shed)
    shed.gemini.script(json.dumps(SAID), match=ASKED)
    victor = shed.visitor
    reply = victor.ask(QUESTION)
    assert reply.names[-1] == "done"
    assert reply.start["conversation"]["title"] == QUESTION

    patience = time.monotonic() + 15
    while not (found := seen(victor, reply))["message"]["follow_ups"]:
        assert time.monotonic() < patience, "nothing was suggested"
        time.sleep(0.1)

    assert found["message"]["follow_ups"] == SAID["follow_ups"]
    assert found["conversation"]["title"] == SAID["title"]
    listed = victor.get("/conversations").get_json()["conversations"]
    assert [each["title"] for each in listed] == [SAID["title"]]


def test_nothing_is_asked_for_where_the_owner_wants_nothing(shed: House, at_work: Worker) -> None:
    shed.visitor.ask(QUESTION)
    time.sleep(1.5)

    assert calls(shed) == 0


def test_only_the_first_answer_gives_a_title_and_only_to_a_conversation_that_has_none(
    shed: House,
) -> None:
    wish(shed, follow_ups=False)
    victor = shed.visitor
    first = victor.ask(QUESTION)
    victor.call("PATCH", f"/conversations/{victor.conversation_id}", json={"title": "Mine"})
    jobs.suggest(first.message_id)
    second = victor.ask("What is the deposit for a marzipan bicycle?")
    jobs.suggest(second.message_id)

    assert calls(shed) == 0
    assert seen(victor, second)["conversation"]["title"] == "Mine"


def test_a_title_that_comes_too_late_does_not_take_the_place_of_the_visitors_own(
    shed: House,
) -> None:
    wish(shed)
    victor = shed.visitor
    reply = victor.ask(QUESTION)
    shed.gemini.script(json.dumps(SAID), match=ASKED)
    shed.gemini.pace(first_ms=800)
    late = jobs.start_worker(shed.app)
    try:
        patience = time.monotonic() + 10
        while not calls(shed):
            assert time.monotonic() < patience
            time.sleep(0.02)
        victor.call("PATCH", f"/conversations/{victor.conversation_id}", json={"title": "Mine"})
        while not (found := seen(victor, reply))["message"]["follow_ups"]:
            assert time.monotonic() < patience
            time.sleep(0.05)
    finally:
        late.stop(graceful=True)

    assert found["conversation"]["title"] == "Mine"


def test_trouble_with_suggestions_harms_nobody(shed: House) -> None:
    wish(shed)
    victor = shed.visitor
    reply = victor.ask(QUESTION)
    shed.gemini.scenario("overloaded", on="generate", match=WISH)
    jobs.suggest(reply.message_id)

    found = seen(victor, reply)
    assert found["message"]["status"] == "completed"
    assert found["message"]["follow_ups"] == []
    assert found["conversation"]["title"] == QUESTION


def test_what_they_took_is_counted_and_a_spent_budget_buys_none(shed: House) -> None:
    wish(shed)
    victor = shed.visitor
    reply = victor.ask(QUESTION)
    shed.gemini.script(json.dumps(SAID), match=ASKED)
    jobs.suggest(reply.message_id)
    counted = {row.model: row.calls for row in db.session.scalars(select(DailyUsage))}
    assert counted == {"gemini-3.8-flash": 1, "gemini-3.5-flash-lite": 1}

    budgets.set_limits(shed.owner.organization_id, tokens=50_000, cost=None)
    again = victor.ask("What is the deposit for a marzipan bicycle?")
    budgets.set_limits(shed.owner.organization_id, tokens=1, cost=None)
    before = calls(shed)
    jobs.suggest(again.message_id)

    assert calls(shed) == before
    kept = db.session.get_one(Message, UUID(again.message_id), populate_existing=True)
    assert kept.follow_ups == []


def test_a_chatbot_that_answers_locally_sends_nothing(local: House) -> None:
    wish(local)
    reply = local.visitor.ask(QUESTION)
    assert reply.last["message"]["engine"] == "local"
    jobs.suggest(reply.message_id)

    assert local.gemini.requests() == []


def test_a_refusal_is_followed_by_nothing(shed: House) -> None:
    wish(shed)
    chatbots.change(shed.chatbot, mode="strict")
    reply = shed.visitor.ask("What is the capital of Burundi?")
    assert reply.last["message"]["finish_reason"] == "refused"
    jobs.suggest(reply.message_id)

    assert calls(shed) == 0


@pytest.mark.parametrize("said", ["Sorry, no JSON today.", " "])
def test_what_can_not_be_read_is_counted_all_the_same(house: House, said: str) -> None:
    wish(house)
    reply = house.visitor.ask(QUESTION)
    db.session.remove()
    before = budgets.today(house.owner.organization_id).tokens
    db.session.remove()
    house.gemini.script(said, match=ASKED)

    jobs.suggest(reply.message_id)

    rows = {row.model: row for row in db.session.scalars(select(DailyUsage))}
    row = rows["gemini-3.5-flash-lite"]
    assert row.calls == 1
    taken = row.prompt_tokens + row.completion_tokens + row.thought_tokens
    assert taken > 0
    assert budgets.today(house.owner.organization_id).tokens == before + taken
