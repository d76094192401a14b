"""Nobody asks more than they are allowed, whatever they call themselves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from cast import BOB_SITE, Owner, Visitor, owner, victor_at
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message, Organization

House = Callable[..., Flask]


def refused(response: TestResponse) -> str | None:
    """Return whose limit refused a question, None when it was answered."""
    if response.status_code == 200:
        return None
    assert response.status_code == 429, response.text
    return response.get_json()["error"]["scope"]


def questions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) // 2


def test_fifty_questions_an_hour_are_allowed_and_the_next_is_told_when_to_come_back(
    make_house: House,
) -> None:
    app = make_house()
    victor = victor_at(app)
    for _ in range(50):
        assert victor.ask_whole("Hello?")

    refusal = victor.send("One more?")

    assert refused(refusal) == "visitor"
    error = refusal.get_json()["error"]
    assert error["code"] == "rate_limited"
    assert 3000 < error["retry_after"] <= 3600
    assert refusal.headers["Retry-After"] == str(error["retry_after"])
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in refusal.headers["Access-Control-Expose-Headers"]
    assert questions(app) == 50
    assert len(app.extensions["engine"].asked) == 50


def test_the_refusal_is_in_the_owners_words_if_they_gave_any(make_house: House) -> None:
    app = make_house(VISITOR_QUESTIONS_PER_HOUR=0)
    victor = victor_at(app)
    ours = victor.send("Hello?").get_json()["error"]["message"]
    with app.app_context():
        db.session.execute(
            update(Chatbot)
            .where(Chatbot.id == UUID(victor.chatbot_id))
            .values(words={"limit": "Ring us, we like to talk."})
        )
        db.session.commit()

    theirs = victor.send("Hello?").get_json()["error"]["message"]

    assert "come back later" in ours
    assert theirs == "Ring us, we like to talk."


def test_an_owner_sets_other_limits_for_their_chatbot(make_house: House) -> None:
    app = make_house()
    victor = victor_at(app)
    with app.app_context():
        db.session.execute(
            update(Chatbot)
            .where(Chatbot.id == UUID(victor.chatbot_id))
            .values(questions_per_hour=1)
        )
        db.session.commit()

    victor.ask("Hello?")

    assert refused(victor.send("Hello?")) == "visitor"


def test_a_new_visitor_id_does_not_reset_the_address(make_house: House) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=3)

    answers = [refused(victor_at(app).send("Hello?", stream=False)) for _ in range(5)]

    assert answers == [None, None, None, "address", "address"]
    assert refused(victor_at(app, address="198.51.100.1").send("Hello?")) is None


def test_an_eager_address_does_not_eat_what_belongs_to_the_organization(
    make_house: House,
) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=2, ORGANIZATION_QUESTIONS_PER_DAY=4)
    for _ in range(10):
        victor_at(app).send("Hello?", stream=False)

    others = [
        refused(victor_at(app, address=f"198.51.100.{n}").send("Hello?", stream=False))
        for n in range(3)
    ]

    assert others == [None, None, "organization"]


def test_a_chatbot_has_its_own_daily_allowance_and_leaves_the_rest_to_others(
    make_house: House,
) -> None:
    app = make_house()
    with app.app_context():
        db.session.execute(update(Chatbot).values(questions_per_day=2))
        db.session.commit()
    asked = [victor_at(app, address=f"203.0.113.{n}").send("Hello?") for n in range(3)]
    with app.app_context():
        bob = owner("bob@example.org")
    bobs = Visitor(app, bob.chatbot_id, origin=BOB_SITE)

    assert [refused(answer) for answer in asked] == [None, None, "chatbot"]
    assert refused(bobs.send("Hello?")) is None


def test_an_organization_has_its_own_daily_allowance(make_house: House) -> None:
    app = make_house()
    victor = victor_at(app)
    with app.app_context():
        db.session.execute(update(Organization).values(questions_per_day=1))
        db.session.commit()

    victor.ask("Hello?")
    refusal = victor.send("Hello?")

    assert refused(refusal) == "organization"
    assert refusal.get_json()["error"]["retry_after"] > 3600


def test_a_retry_counts_and_a_resend_does_not(make_house: House) -> None:
    app = make_house(VISITOR_QUESTIONS_PER_HOUR=2, ADDRESS_QUESTIONS_PER_HOUR=2)
    victor = victor_at(app)
    name = "018f0000-0000-7000-8000-000000000001"
    reply = victor.ask("Hello?", message_id=name)
    for _ in range(5):
        victor.ask("Hello?", message_id=name)

    assert victor.post(f"/messages/{reply.message_id}/retry").status_code == 200
    assert refused(victor.send("Hello again?")) == "visitor"


@pytest.mark.parametrize("storage", ["memory", "valkey"])
def test_a_hundred_requests_at_once_get_no_more_than_the_limit(
    make_house: House, storage: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("valkey") if storage == "valkey" else "memory://"
    app = make_house(LIMITS_URL=url, ADDRESS_QUESTIONS_PER_HOUR=30)

    def ask(_: int) -> str | None:
        return refused(victor_at(app).send("Hello?", stream=False))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(100)))

    assert answers.count(None) == 30
    assert answers.count("address") == 70
    assert questions(app) == 30


def test_two_processes_count_together_in_valkey(make_house: House, valkey: str) -> None:
    app = make_house(LIMITS_URL=valkey, ADDRESS_QUESTIONS_PER_HOUR=3)
    other = make_house(
        LIMITS_URL=valkey,
        ADDRESS_QUESTIONS_PER_HOUR=3,
        DATABASE_URL=app.config["SQLALCHEMY_DATABASE_URI"],
    )

    answers = [
        refused(victor_at(one).send("Hello?", stream=False)) for one in (app, other, app, other)
    ]

    assert answers == [None, None, None, "address"]


def asked_through(app: Flask, forwarded: str) -> str | None:
    """Ask by way of a proxy that sends this header."""
    victor = victor_at(app, address="10.0.0.1")
    return refused(
        victor.post(
            "/chat",
            json={"chatbot_id": victor.chatbot_id, "message": "Hello?", "stream": False},
            headers={"X-Forwarded-For": forwarded},
        )
    )


def test_forwarded_addresses_are_not_believed_without_a_trusted_proxy(make_house: House) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=1)

    assert asked_through(app, "203.0.113.1") is None
    assert asked_through(app, "203.0.113.2") == "address"


@pytest.mark.parametrize(
    ("proxies", "mallorys", "someone_else"),
    [
        (1, ["9.9.9.9, 203.0.113.1", "8.8.8.8, 203.0.113.1"], "9.9.9.9, 203.0.113.2"),
        (1, ["203.0.113.1:4711", "203.0.113.1:4712"], "203.0.113.2:4711"),
        (1, ["[2001:db8::1]:4711", "[2001:db8::1]:4712"], "[2001:db8:0:1::1]:4711"),
        (2, ["9.9.9.9, 203.0.113.1, 10.0.0.2", "7.7.7.7, 203.0.113.1, 10.0.0.3"], "1.1.1.1, 10.1"),
    ],
)
def test_with_trusted_proxies_the_address_is_counted_from_the_right(
    make_house: House, proxies: int, mallorys: list[str], someone_else: str
) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=1, TRUSTED_PROXIES=proxies)

    assert asked_through(app, mallorys[0]) is None
    assert asked_through(app, mallorys[1]) == "address"
    assert asked_through(app, someone_else) is None


def test_looking_is_not_asking(
    app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine
) -> None:
    app.config["VISITOR_QUESTIONS_PER_HOUR"] = 1
    victor.ask("Hello?")

    for _ in range(3):
        assert victor.get(f"/chatbots/{alice.chatbot_id}").status_code == 200
        assert len(victor.messages()) == 2
