"""A day costs no more than it may, and all that it took is counted once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cast import Owner, Visitor
from flask import Flask
from gemini_emulator import Emulator
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget import budgets, conversations, insights, keys
from ragwidget.chat.turns import SHUT_DOWN
from ragwidget.engines.fallback import Fallback
from ragwidget.engines.protocol import EngineFailed, Finish, Usage
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.models import (
    Chatbot,
    Conversation,
    DailyBudget,
    DailyUsage,
    Message,
    Organization,
    now,
)

USAGE = Usage(prompt=1000, completion=200, thoughts=100, tools=400, cached=500)
COST = 1400 * 3 // 4 + 300 * 15 // 4  # of the prices that come with it

TOOK = (USAGE, Finish("stop", "gemini-3.8-flash", grounded=True))


@pytest.fixture
def house(app: Flask, alice: Owner, engine: ScriptedEngine) -> Flask:
    """The app, with Alice's chatbot on an engine that costs."""
    change(app, Chatbot, alice.chatbot_id, engine="gemini")
    return app


def change(app: Flask, table: Any, id: UUID, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(table).where(table.id == id).values(**values))
        db.session.commit()


def one_answer(app: Flask, alice: Owner, question: str = "Hello?") -> Usage:
    """Return what is set aside for an answer to a first question."""
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        return budgets.expect(chatbot, question, history_chars=0, use_sources=True)


def allow(app: Flask, alice: Owner, answers: int) -> int:
    """Let Alice's day take so many first answers; return how many tokens these are."""
    tokens = answers * one_answer(app, alice).total
    change(app, Organization, alice.organization_id, tokens_per_day=tokens)
    return tokens


def day_of(app: Flask, alice: Owner) -> tuple[int, int, int, int]:
    """Return today's tokens and cost, spent and held."""
    with app.app_context():
        day = budgets.today(alice.organization_id)
        return day.tokens, day.cost, day.held_tokens, day.held_cost


def messages(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) or 0


def ledger(app: Flask) -> list[tuple[str, int, int, int]]:
    with app.app_context():
        rows = db.session.scalars(select(DailyUsage).order_by(DailyUsage.model))
        return [(row.model, row.calls, row.prompt_tokens, row.cost) for row in rows]


def test_a_question_beyond_the_budget_is_refused_before_it_is_asked(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 0)

    refusal = victor.send("Hello?")

    assert refusal.status_code == 429
    error = refusal.get_json()["error"]
    assert error["code"] == "budget_reached"
    assert error["message"] == (
        "This chat has answered all it can today. Please come back tomorrow."
    )
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert abs(error["retry_after"] - (midnight - datetime.now(UTC)).total_seconds()) < 5
    assert refusal.headers["Retry-After"] == str(error["retry_after"])
    assert "Retry-After" in refusal.headers["Access-Control-Expose-Headers"]
    assert messages(house) == 0
    assert engine.asked == []
    assert day_of(house, alice) == (0, 0, 0, 0)


def test_a_refused_question_spends_nothing_of_the_visitors_limit(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    house.config["VISITOR_QUESTIONS_PER_HOUR"] = house.config["ADDRESS_QUESTIONS_PER_HOUR"] = 1
    allow(house, alice, 0)
    for _ in range(3):
        assert victor.send("Hello?").status_code == 429

    allow(house, alice, 10)

    assert victor.ask("Hello?").answer == "Yes."


def test_the_refusal_is_in_the_owners_words_if_they_gave_any(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    change(house, Chatbot, alice.chatbot_id, words={"limit": "Ring us instead."})
    allow(house, alice, 0)

    assert victor.send("Hello?").get_json()["error"]["message"] == "Ring us instead."


@pytest.mark.parametrize("measure", ["tokens_per_day", "cost_per_day"])
def test_thirty_questions_at_once_get_no_more_than_the_budget_holds(
    house: Flask, alice: Owner, engine: ScriptedEngine, measure: str
) -> None:
    with house.app_context():
        cost = budgets.prices().careful_cost("gemini-3.8-flash", one_answer(house, alice))
    amount = one_answer(house, alice).total if measure == "tokens_per_day" else cost
    change(house, Organization, alice.organization_id, **{measure: 6 * amount - 1})
    told = threading.Event()
    for _ in range(30):
        engine.will_say(told, *TOOK)

    def ask(_: int) -> int:
        victor = Visitor(house, alice.chatbot_id)
        answer = victor.send("Hello?", stream=True)  # begun, and not read yet
        heard.enter_context(answer)
        return answer.status_code

    with ExitStack() as heard, ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(ask, range(30)))
        assert statuses.count(200) == 5
        assert statuses.count(429) == 25
        assert day_of(house, alice)[2] == 5 * one_answer(house, alice).total
        told.set()
    for turn in house.extensions["turns"]._open():
        assert turn.wait(10)

    assert len(engine.asked) == 5
    assert messages(house) == 10
    assert day_of(house, alice) == (5 * USAGE.total, 5 * COST, 0, 0)


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


def stop_all(house: Flask) -> None:
    for turn in house.extensions["turns"]._open():
        turn.stop()


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


def test_deleting_the_question_does_not_make_its_answer_free(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 1)
    other_tab = Visitor(house, alice.chatbot_id)

    def delete() -> None:
        with house.app_context():
            conversations.remove(db.session.scalars(select(Conversation)).one())

    engine.will_say("Well", delete, *TOOK)
    victor.send("Hello?").get_data()

    assert messages(house) == 0
    assert day_of(house, alice)[0] == one_answer(house, alice).total
    assert day_of(house, alice)[2:] == (0, 0)
    assert other_tab.send("Hello?").status_code == 429


def test_a_refused_limit_gives_back_what_was_set_aside(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    house.config["VISITOR_QUESTIONS_PER_HOUR"] = 0
    allow(house, alice, 3)

    assert victor.send("Hello?").get_json()["error"]["code"] == "rate_limited"

    assert day_of(house, alice) == (0, 0, 0, 0)


def test_the_same_question_at_once_is_held_for_once(
    house: Flask, alice: Owner, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(house, alice, 20)
    engine.will_say("Yes.", *TOOK)
    name = str(uuid4())
    monkeypatch.setattr(conversations, "find_asked", lambda *_: None)  # it was not there yet

    for _ in range(2):
        victor = Visitor(house, alice.chatbot_id)
        assert victor.send("Hello?", message_id=name, stream=False).status_code == 200

    assert len(engine.asked) == 1
    assert day_of(house, alice) == (USAGE.total, COST, 0, 0)


def test_nothing_is_set_aside_by_a_process_that_dies_before_the_question_is_written_down(
    house: Flask, alice: Owner, victor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(house, alice, 5)

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(conversations, "open_turn", die)
    monkeypatch.setattr(budgets, "release", lambda _: None)  # the dead give nothing back
    with pytest.raises(Killed):
        victor.send("Hello?")

    assert day_of(house, alice) == (0, 0, 0, 0)


def test_a_retry_is_a_question_too(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    allow(house, alice, 2)
    for _ in range(3):
        engine.will_say("Yes.", *TOOK)
    reply = victor.ask("Hello?")
    change(house, Organization, alice.organization_id, tokens_per_day=20_000)
    assert victor.post(f"/messages/{reply.message_id}/retry?stream=false").status_code == 200
    assert day_of(house, alice) == (2 * USAGE.total, 2 * COST, 0, 0)
    again = victor.messages()[-1]["id"]
    allow(house, alice, 0)

    refusal = victor.post(f"/messages/{again}/retry")

    assert refusal.get_json()["error"]["code"] == "budget_reached"
    assert [message["id"] for message in victor.messages()][-1] == again
    assert len(engine.asked) == 2


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


def test_the_embedded_engine_is_free_and_answers_beyond_every_budget(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    change(house, Chatbot, alice.chatbot_id, engine="local")
    allow(house, alice, 0)
    engine.will_say("Yes.", *TOOK)

    assert victor.ask("Hello?").answer == "Yes."

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert ledger(house) == []


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


def test_every_day_begins_anew_and_frees_what_was_held_on_its_own(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine, monkeypatch: Any
) -> None:
    allow(house, alice, 1)
    yesterday = now().replace(hour=23, minute=59, second=59) - timedelta(days=1)
    monkeypatch.setattr(budgets.holding, "now", lambda: yesterday)
    engine.will_say("Yes.", monkeypatch.undo, *TOOK)
    victor.ask("Hello?")

    with house.app_context():
        days = {row.day: row for row in db.session.scalars(select(DailyBudget))}
    assert list(days) == [yesterday.date()]
    row = days[yesterday.date()]
    assert (row.tokens, row.held_tokens, row.held_cost) == (USAGE.total, 0, 0)
    assert Visitor(house, alice.chatbot_id).send("Hello?").status_code == 200


def test_an_owner_lowers_the_installations_budget_and_raises_only_their_own_keys(
    app: Flask, alice: Owner
) -> None:
    app.extensions["daily-limits"] = budgets.Limits(tokens=1000, cost=None)
    limits = budgets.Limits

    def counts(tokens: int | None, cost: int | None, key: str | None = None) -> budgets.Limits:
        change(
            app,
            Organization,
            alice.organization_id,
            tokens_per_day=tokens,
            cost_per_day=cost,
            gemini_key=key,
        )
        with app.app_context():
            return budgets.limits_of(alice.organization_id)

    assert counts(None, None) == limits(1000, None)
    assert counts(500, 7) == limits(500, 7)
    assert counts(5000, None) == limits(1000, None)
    assert counts(5000, None, key="sealed") == limits(5000, None)
    assert counts(None, None, key="sealed") == limits(None, None)


def test_the_installations_budget_stops_questions_too(
    house: Flask, alice: Owner, victor: Visitor
) -> None:
    house.extensions["daily-limits"] = budgets.Limits(cost=10)

    assert victor.send("Hello?").get_json()["error"]["code"] == "budget_reached"


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
        service = keys.gemini_for(app, alice.organization_id)
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


def test_bobs_day_is_not_alices(
    house: Flask, alice: Owner, bob: Owner, engine: ScriptedEngine
) -> None:
    change(house, Chatbot, bob.chatbot_id, engine="gemini")
    allow(house, alice, 0)
    engine.will_say("Yes.", *TOOK)

    assert Visitor(house, bob.chatbot_id, origin=None).ask("Hello?").answer == "Yes."

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert day_of(house, bob)[0] == USAGE.total


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


def test_a_budget_that_can_not_be_read_stops_the_start(make_house: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="RAGWIDGET_ORGANIZATION_COST_PER_DAY is 'much'"):
        make_house(ORGANIZATION_COST_PER_DAY="much")
