"""All that a day took is counted, and once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cast import Owner, Visitor
from flask import Flask
from gemini_emulator import Emulator
from scripted import ScriptedEngine
from spending import *  # noqa: F403 (fixtures)
from spending import (
    COST,
    TOOK,
    USAGE,
    allow,
    change,
    day_of,
    ledger,
    messages,
    one_answer,
    stop_all,
)
from sqlalchemy import select, update

from ragwidget import budgets, conversations, gemini_keys, insights, privacy
from ragwidget.chat.turn import SHUT_DOWN
from ragwidget.engines.fallback import Fallback
from ragwidget.engines.protocol import EngineFailed, Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, now


def test_what_an_answer_took_takes_the_place_of_what_was_set_aside(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 2)
    held = []
    engine.will_say("Well", lambda: held.append(day_of(house, alice)), *TOOK)

    reply = victor.ask("Hello?")

    expected = one_answer(house, alice)
    assert held[0][0] == 0
    assert held[0][2] == expected.total
    assert held[0][3] > 0
    assert day_of(house, alice) == (USAGE.total, COST, 0, 0)
    assert ledger(house) == [("gemini-3.8-flash", 1, 1000, COST)]
    with house.app_context():
        message = db.session.get_one(Message, UUID(reply.message_id))
        assert (message.cost, message.held_tokens, message.held_cost) == (COST, 0, 0)


@pytest.mark.parametrize("budget", [True, False])
@pytest.mark.parametrize("end", ["stopped", "failed", "withheld", "interrupted"])
def test_an_answer_that_broke_off_costs_what_was_expected_of_it(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine, end: str, budget: bool
) -> None:
    """Its engine tells of the passages and thoughts only at its end, and that was never heard."""
    expected = one_answer(house, alice)
    if budget:
        allow(house, alice, 1)
    engine.will_say(
        *{
            "stopped": (Usage(prompt=10), lambda: stop_all(house), "never heard"),
            "failed": ("Well", Usage(prompt=10), EngineFailed("engine_cut", "It broke off.")),
            "withheld": (EngineFailed("engine_cut", "It broke off.", withheld="Well"),),
            "interrupted": (SHUT_DOWN,),
        }[end]
    )

    victor.ask("Hello?")

    tokens, cost, *held = day_of(house, alice)
    with house.app_context():
        dear = budgets.prices().careful_cost("gemini-3.8-flash", expected)
    assert (tokens, cost, held) == (expected.total, dear, [0, 0])
    [(_, calls, read, entered)] = ledger(house)
    assert (calls, read, entered) == (1, tokens, cost)


@pytest.mark.parametrize("end", ["stopped", "failed"])
def test_an_answer_that_broke_off_costs_what_was_told_if_that_is_more(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine, end: str
) -> None:
    allow(house, alice, 1)
    much = replace(USAGE, tools=9000)
    last = EngineFailed("engine_cut", "It broke off.")
    stop = (lambda: stop_all(house), "never heard")
    engine.will_say("Well", much, *(stop if end == "stopped" else (last,)))

    victor.ask("Hello?")

    assert day_of(house, alice) == (much.total, COST + 8600 * 3 // 4, 0, 0)


def test_who_stops_every_answer_before_its_first_word_spends_the_budget_all_the_same(
    house: Flask, alice: Owner, engine: ScriptedEngine
) -> None:
    allow(house, alice, 5)
    for _ in range(30):
        engine.will_say(lambda: stop_all(house))

    statuses = []
    for _ in range(30):
        answer = Visitor(house, alice.chatbot_id).send("Hello?")
        answer.get_data()
        statuses.append(answer.status_code)

    assert (statuses[:5], set(statuses[5:])) == ([200] * 5, {429})
    assert len(engine.asked) == 5
    assert day_of(house, alice)[0] == 5 * one_answer(house, alice).total


def test_what_failed_before_its_first_word_costs_what_was_told(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    engine.will_say(USAGE, EngineFailed("blocked_question", "In other words, please."))

    victor.ask("Hello?")

    assert day_of(house, alice) == (USAGE.total, COST, 0, 0)


def test_an_answer_that_never_began_costs_nothing_and_frees_its_hold(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    engine.will_say(EngineFailed("engine_key", "Later."))

    victor.ask("Hello?")

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert ledger(house) == []


def test_what_a_dead_process_took_counts_as_what_was_set_aside_and_once(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    expected = one_answer(house, alice)

    def die() -> None:
        with house.app_context():
            longer_ago = now() - 2 * conversations.answers.STALE_AFTER
            db.session.execute(update(Message).values(heartbeat_at=longer_ago))
            db.session.commit()
            assert conversations.close_interrupted() == 1
            assert conversations.close_interrupted() == 0

    engine.will_say("Well", die, *TOOK)
    victor.ask("Hello?")  # and its end, which comes after all, changes nothing

    tokens, cost, *held = day_of(house, alice)
    assert (tokens, held) == (expected.total, [0, 0])
    assert cost > 0
    assert [row[1:3] for row in ledger(house)] == [(1, expected.total)]


@pytest.mark.parametrize(
    "remove",
    [
        conversations.remove,
        lambda of: privacy.erase(of.chatbot_id, of.visitor_id),
        lambda of: conversations.remove_some(of.chatbot_id),
    ],
    ids=["the conversation", "the visitor", "the chatbot"],
)
def test_deleting_the_question_does_not_make_its_answer_free(
    house: Flask,
    alice: Owner,
    victor: Visitor,
    engine: ScriptedEngine,
    remove: Callable[[Conversation], object],
) -> None:
    allow(house, alice, 1)
    other_tab = Visitor(house, alice.chatbot_id)

    def delete() -> None:
        with house.app_context():
            remove(db.session.scalars(select(Conversation)).one())

    engine.will_say("Well", delete, *TOOK)
    victor.send("Hello?").get_data()

    assert messages(house) == 0
    assert day_of(house, alice)[0] == one_answer(house, alice).total
    assert day_of(house, alice)[2:] == (0, 0)
    assert other_tab.send("Hello?").status_code == 429


def test_without_a_budget_nothing_is_set_aside_and_all_is_counted(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    held = []
    for _ in range(2):
        engine.will_say("Yes.", lambda: held.append(day_of(house, alice)[2:]), *TOOK)
        victor.ask("Hello?")

    assert held == [(0, 0), (0, 0)]
    assert day_of(house, alice) == (2 * USAGE.total, 2 * COST, 0, 0)
    assert ledger(house) == [("gemini-3.8-flash", 2, 2000, 2 * COST)]


def test_an_engine_that_steps_in_costs_nothing(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    engine.will_say("Yes.", USAGE, Finish("stop", "local-1", engine="local"))

    victor.ask("Hello?")

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert ledger(house) == []


def test_what_an_engine_took_before_another_stepped_in_is_counted_at_its_own_price(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    change(house, Chatbot, alice.chatbot_id, model="gemini-3.8-flash-001")
    down = EngineFailed("engine_down", "Later.", passing=True)
    first, second = ScriptedEngine(), ScriptedEngine()
    first.will_say(USAGE, down)
    second.will_say("Yes.", Usage(prompt=7, completion=3), Finish("stop", "local", engine="local"))
    house.extensions["engine"] = Fallback(first, second)

    reply = victor.ask("Hello?")

    assert reply.answer == "Yes."
    assert day_of(house, alice) == (USAGE.total, COST, 0, 0)
    assert ledger(house) == [("gemini-3.8-flash-001", 1, 1000, COST)]
    with house.app_context():
        message = db.session.get_one(Message, UUID(reply.message_id))
        assert (message.engine, message.model, message.cost) == ("local", "local", COST)
        assert message.total_tokens == USAGE.total


def test_an_engine_that_steps_in_for_one_that_took_nothing_costs_nothing(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    first = ScriptedEngine()
    first.will_say(EngineFailed("engine_down", "Later.", passing=True))
    house.extensions["engine"] = Fallback(first, engine)

    reply = victor.ask("Hello?")

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert ledger(house) == []
    with house.app_context():
        assert db.session.get_one(Message, UUID(reply.message_id)).cost is None


def test_a_model_without_a_price_is_counted_at_the_dearest_and_never_priced(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("Yes.", USAGE, Finish("stop", "gemini-9-pro"))

    reply = victor.ask("Hello?")

    assert day_of(house, alice) == (USAGE.total, COST, 0, 0)
    assert ledger(house) == [("gemini-9-pro", 1, 1000, 0)]
    with house.app_context():
        assert db.session.get_one(Message, UUID(reply.message_id)).cost is None
        spent = insights.spending(alice.organization_id).total
        assert (spent.cost, spent.tokens, spent.unpriced_tokens) == (None, 1700, 1700)


def test_a_call_beside_the_answers_counts_too(house: Flask, alice: Owner) -> None:
    with house.app_context():
        for _ in range(2):
            budgets.count(alice.organization_id, alice.chatbot_id, "models/gemini-3.8-flash", USAGE)
            db.session.commit()

    assert day_of(house, alice) == (2 * USAGE.total, 2 * COST, 0, 0)
    assert ledger(house) == [("gemini-3.8-flash", 2, 2000, 2 * COST)]


def test_what_gemini_counts_is_what_is_counted(
    app: Flask, alice: Owner, victor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Emulator() as emulator:
        app.config.update(GEMINI_API_KEY=emulator.key, GEMINI_BASE_URL=emulator.url)
        service = gemini_keys.gemini_for(app, alice.organization_id)
        assert service
        store = service.create_store("Bicycles")
        change(app, Chatbot, alice.chatbot_id, engine="gemini", store=store)
        allow(app, alice, 2)

        reply = victor.ask("When does the shop open?")
        service.close()

    with app.app_context():
        message = db.session.get_one(Message, UUID(reply.message_id))
        tokens, cost = message.total_tokens, message.cost
    assert tokens
    assert cost
    assert day_of(app, alice) == (tokens, cost, 0, 0)


def test_the_numbers_say_what_was_spent_where(
    house: Flask, alice: Owner, bob: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    for _ in range(2):
        engine.will_say("Yes.", *TOOK)
    reply = victor.ask("Hello?")
    victor.post(f"/messages/{reply.message_id}/retry?stream=false")
    twice = insights.Spent(2, 2 * USAGE.total, 2 * COST)

    with house.app_context():
        conversation = UUID(victor.conversation_id)
        assert insights.spent_in([conversation]) == {conversation: twice}
        assert insights.spent_by([alice.chatbot_id, bob.chatbot_id]) == {
            alice.chatbot_id: twice,
            bob.chatbot_id: insights.Spent(),
        }
        spending = insights.spending(alice.organization_id)
        assert spending.total == twice
        assert len(spending.days) == 30
        assert spending.days[-1] == (now().date(), twice)
        assert spending.days[0] == (now().date() - timedelta(days=29), insights.Spent())
        assert spending.chatbots == [(alice.chatbot_id, twice)]
        assert insights.spending(bob.organization_id).total == insights.Spent()
