"""A day costs no more than it may."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cast import Owner, Visitor
from flask import Flask
from live import eventually
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
)
from sqlalchemy import insert, select, text

from ragwidget import budgets, conversations, tenancy
from ragwidget.budgets.ledger import booking, write
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.models import Chatbot, DailyBudget, Organization, Reserve, now


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
    unasked = lambda chatbot_id, _: (tenancy.public_chatbot(chatbot_id), None)  # noqa: E731
    monkeypatch.setattr(tenancy, "chatbot_asked", unasked)  # it was not there yet

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


def test_the_embedded_engine_is_free_and_answers_beyond_every_budget(
    house: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    change(house, Chatbot, alice.chatbot_id, engine="local")
    allow(house, alice, 0)
    engine.will_say("Yes.", *TOOK)

    assert victor.ask("Hello?").answer == "Yes."

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert ledger(house) == []


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


def test_bobs_day_is_not_alices(
    house: Flask, alice: Owner, bob: Owner, engine: ScriptedEngine
) -> None:
    change(house, Chatbot, bob.chatbot_id, engine="gemini")
    allow(house, alice, 0)
    engine.will_say("Yes.", *TOOK)

    assert Visitor(house, bob.chatbot_id, origin=None).ask("Hello?").answer == "Yes."

    assert day_of(house, alice) == (0, 0, 0, 0)
    assert day_of(house, bob)[0] == USAGE.total


def test_a_budget_that_can_not_be_read_stops_the_start(make_house: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="RAGWIDGET_ORGANIZATION_COST_PER_DAY is 'much'"):
        make_house(ORGANIZATION_COST_PER_DAY="much")


@pytest.mark.postgresql
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_who_counts_for_several_organizations_waits_for_nobody_in_a_circle(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    """Answers end, and meanwhile others are given up that were tried in the playground."""
    one, other = sorted((alice, bob), key=lambda who: who.organization_id)
    before = now() - timedelta(days=1)

    def count(whose: Owner) -> None:
        write(booking(whose.organization_id, before.date(), took=(1, 0)), [])

    def give_up() -> None:
        with app.app_context():
            budgets.expire()

    with app.app_context(), ThreadPoolExecutor(1) as worker:
        for whose in (other, one):
            ids = {"organization_id": whose.organization_id, "chatbot_id": whose.chatbot_id}
            amounts = {"model": "gemini", "tokens": 9, "cost": 0, "made_at": before}
            db.session.execute(insert(Reserve).values(id=uuid4(), **ids, **amounts))
        db.session.commit()
        count(one)
        gone = worker.submit(give_up)
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        eventually(lambda: db.session.scalar(waiting))
        count(other)
        db.session.commit()
        gone.result(20)

        taken = db.session.scalars(select(DailyBudget.tokens)).all()
        assert taken == [10, 10]
