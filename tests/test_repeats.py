"""The same question gets the same answer, at once and for nothing, as long as nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cast import ALICE_SITE, Reply, Visitor, csrf_of, owner, sign_in, victor_at
from flask import Flask
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import select, update

from ragwidget import chatbots, jobs, library
from ragwidget.chat.events import SourceRef, Sources
from ragwidget.conversations import afterthought
from ragwidget.engines.protocol import Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, DailyBudget, Deletion, Message, Organization, now

QUESTION = "When do you open?"
PRICED = "gemini-3.8-flash"
DAY = timedelta(hours=25)


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """A house where Alice lets answers be given again."""
    house = make_house()
    let_repeat(house)
    return house


def let_repeat(app: Flask, **settings: Any) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, owner("alice@example.org").chatbot_id)
        chatbots.change(chatbot, repeats_answers=True, **settings)


def ask(app: Flask, question: str = QUESTION) -> Reply:
    """Ask as somebody who was never here before."""
    with app.app_context():
        alices = select(Chatbot.id).where(Chatbot.name == "Alice's bicycles")
        chatbot_id = db.session.scalars(alices).one()
    return Visitor(app, chatbot_id).ask(question)


def asked(app: Flask) -> int:
    """Return how often the engine was asked."""
    engine: ScriptedEngine = app.extensions["engine"]
    return len(engine.asked)


def test_the_answer_comes_again_with_its_sources_and_costs_nothing(
    app: Flask, engine: ScriptedEngine
) -> None:
    let_repeat(app, engine="gemini", writes_titles=True)
    with app.app_context():
        alice = owner("alice@example.org")
        db.session.get_one(Organization, alice.organization_id).tokens_per_day = 100_000
        db.session.commit()
    cited = SourceRef(1, str(alice.source_id), "Hours", "text", None, None, "At nine.", 0.9)
    usage = Usage(prompt=1000, completion=100)
    engine.will_say("At nine.", Sources((cited,)), usage, Finish("stop", PRICED, grounded=True))
    first = ask(app)
    took = spent(app)
    second = ask(app, "  when do you OPEN ?")

    assert second.answer == first.answer == "At nine."
    assert asked(app) == 1
    assert sources_of(second) == sources_of(first)
    assert second.last["message"]["engine"] == "cache"
    assert spent(app) == took
    assert took[1:] == (0, 1)
    with app.app_context():
        assert afterthought(first_of(second)) is None  # a title would cost something
        cost = db.session.scalar(select(Message.cost).where(Message.cost > 0))
        assert cost == db.session.get_one(Message, first_of(second)).saved
    client = sign_in(app, "alice@example.org")
    chatbot = f"/dashboard/chatbots/{alice.chatbot_id}"
    said = "1 of 2 answers (50 %) was given again, which saved $0.0011."
    assert said in client.get(f"{chatbot}/settings/limits").text
    assert "1 answer, saved $0.0011" in client.get(f"{chatbot}/insights").text
    found = client.get(f"{chatbot}/conversations?engine=cache").text
    assert "when do you OPEN ?" in found
    assert QUESTION not in found


def spent(app: Flask) -> tuple[int, int, int]:
    """Return what the day has taken, what is still set aside in it, and how many days there are."""
    with app.app_context():
        days = db.session.scalars(select(DailyBudget)).all()
        return sum(day.tokens for day in days), sum(day.held_tokens for day in days), len(days)


def sources_of(reply: Reply) -> Any:
    return next(data for _, name, data in reply.events if name == "sources")


def first_of(reply: Reply) -> UUID:
    return UUID(reply.message_id)


def test_it_is_off_until_an_owner_wants_it(make_house: Callable[..., Flask]) -> None:
    house = make_house()
    ask(house)
    ask(house)
    assert asked(house) == 2

    client = sign_in(house, "alice@example.org")
    with house.app_context():
        page = f"/dashboard/chatbots/{owner('alice@example.org').chatbot_id}/settings/limits"
    data = {"origins": ALICE_SITE, "repeats_answers": "y", "csrf_token": csrf_of(client, page)}
    assert client.post(page, data=data).status_code == 303
    ask(house)
    ask(house)
    assert asked(house) == 3


def test_what_changed_is_asked_anew(house: Flask) -> None:
    with house.app_context():
        alice = owner("alice@example.org")

    def read_more() -> None:
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        library.add_text(chatbot, "News", "We open at ten now.", most=10)
        jobs.work_off()

    def lose_some() -> None:  # and the store still has it
        row = {"kind": "document", "name": "stores/1/documents/1"}
        db.session.add(Deletion(organization_id=alice.organization_id, **row))
        db.session.commit()

    def be_told() -> None:
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        chatbots.change(chatbot, words={"refusal": "Please call us."})

    def get_old() -> None:
        db.session.execute(update(Message).values(created_at=now() - DAY))
        db.session.commit()

    def ask_another_model() -> None:
        house.config["GEMINI_MODEL"] = "gemini-3-pro"

    for changed in (read_more, lose_some, be_told, get_old, ask_another_model):
        ask(house)
        before = asked(house)
        ask(house)
        assert asked(house) == before, f"{changed.__name__}: it was given again until then"
        with house.app_context():
            changed()
        ask(house)
        assert asked(house) == before + 1, changed.__name__


def test_what_was_disliked_or_erased_is_asked_anew(house: Flask) -> None:
    victor = victor_at(house)
    reply = victor.ask(QUESTION)
    victor.call("PUT", f"/messages/{reply.message_id}/feedback", json={"rating": "down"})
    other = victor_at(house)
    other.ask(QUESTION)
    assert asked(house) == 2

    other.call("DELETE", f"/conversations/{other.conversation_id}")
    ask(house)
    assert asked(house) == 3


def test_only_a_beginning_is_repeated_whoever_asks(house: Flask) -> None:
    with house.app_context():
        alice = owner("alice@example.org")
    proof = {"token": token_of(key_for(house, alice))}
    ask(house)
    victor = victor_at(house)
    first = victor.ask(QUESTION)
    assert asked(house) == 1
    victor.ask(QUESTION)
    assert asked(house) == 2, "there is a history now"

    again = victor.post(f"/messages/{first.message_id}/retry")
    assert again.status_code == 200
    again.get_data()
    assert asked(house) == 3, "they wished for another answer"

    victor_at(house).ask(QUESTION, context={"plan": "trial"})
    assert asked(house) == 3, "no engine is told what the website tells about them"

    known = victor_at(house)
    known.token = known.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).json["token"]
    known.ask(QUESTION)
    assert asked(house) == 3, "nor who they are"

    with house.app_context():
        bobs = owner("bob@example.org").chatbot_id
        chatbots.change(db.session.get_one(Chatbot, bobs), repeats_answers=True)
    Visitor(house, bobs, origin=None).ask(QUESTION)
    assert asked(house) == 4, "Alice's answer is not Bob's"


def test_what_was_refused_or_rests_on_nothing_is_not_repeated(house: Flask) -> None:
    engine: ScriptedEngine = house.extensions["engine"]
    engine.will_say("That is not known.", Finish("refused", "scripted-1"))
    ask(house)
    engine.will_say("I guess at nine.", Finish("stop", "scripted-1", grounded=False))
    ask(house)
    engine.will_say("At nine.")
    assert ask(house).answer == "At nine."
    assert ask(house).answer == "At nine."
    assert asked(house) == 3


def test_a_repeated_answer_counts_like_any_other_question(house: Flask) -> None:
    with house.app_context():
        alice = owner("alice@example.org")
        db.session.get_one(Organization, alice.organization_id).questions_per_day = 2
        db.session.commit()
    statuses = [victor_at(house).send(QUESTION).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    with house.app_context():
        assert len(db.session.scalars(select(Message).filter_by(role="visitor")).all()) == 2
