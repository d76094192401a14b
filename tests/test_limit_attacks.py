"""Two hundred at once, from wherever they say they come: never more than the limit lets through."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from cast import ALICE_SITE, owner, victor_at
from databases import SQLite
from flask import Flask
from limits import RateLimitItemPerMinute
from live import Server, serving
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget import budgets, limits
from ragwidget.engines.protocol import Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message, Organization
from ragwidget.networks import counted_address

AT_ONCE = 200
TOGETHER = 20  # threads that begin in the same moment
LIMIT = 30

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="module")
def pair(
    sqlite: SQLite, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[Server], str]]:
    """Two servers of one database, which count in one Valkey."""
    address = sqlite.copy()
    with serving(
        address,
        tmp_path_factory.mktemp("limits"),
        2,
        LIMITS_URL=valkey_server,
        ADDRESS_QUESTIONS_PER_HOUR=LIMIT,
    ) as servers:
        yield servers, address


def all_at_once(ask: Callable[[int], Any]) -> list[Any]:
    """Ask two hundred times, as many as can be in the same moment."""
    start = Barrier(TOGETHER)

    def go(first: int) -> list[Any]:
        start.wait(20)
        return [ask(number) for number in range(first, AT_ONCE, TOGETHER)]

    with ThreadPoolExecutor(TOGETHER) as pool:
        return [answer for answers in pool.map(go, range(TOGETHER)) for answer in answers]


def written(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) or 0


def test_two_hundred_at_once_get_no_more_than_the_limit_from_two_processes(
    pair: tuple[list[Server], str], make_app: MakeApp
) -> None:
    servers, address = pair
    app = make_app(address)
    with app.app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)

    def ask(number: int) -> int:
        # a visitor each time, with a new name for the question and a made-up way to us
        server = servers[number % 2]
        answer = server.request(
            "POST",
            "/api/v1/chat",
            json.dumps(
                {
                    "chatbot_id": chatbot_id,
                    "message": "count to 0",
                    "stream": False,
                    "message_id": str(uuid4()),
                }
            ),
            {
                "Origin": ALICE_SITE,
                "Content-Type": "application/json",
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Real-IP": f"203.0.113.{number}",
                "Forwarded": f"for=203.0.113.{number}",
            },
        )
        answer.read()
        return answer.status

    answers = Counter(all_at_once(ask))

    assert answers == {200: LIMIT, 429: AT_ONCE - LIMIT}
    assert written(app) == 2 * LIMIT


def test_two_hundred_at_once_get_no_more_than_the_limit_from_one(
    make_house: Callable[..., Flask],
) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=LIMIT)

    answers = Counter(
        all_at_once(lambda _: victor_at(app).send("Hello?", stream=False).status_code)
    )

    assert answers == {200: LIMIT, 429: AT_ONCE - LIMIT}
    assert written(app) == 2 * LIMIT


def test_two_hundred_at_once_spend_no_more_than_the_days_budget(
    app: Flask, engine: ScriptedEngine
) -> None:
    app.config.update(VISITOR_QUESTIONS_PER_HOUR=1000, ADDRESS_QUESTIONS_PER_HOUR=1000)
    with app.app_context():
        who = owner("alice@example.org")
        chatbot = db.session.get_one(Chatbot, who.chatbot_id)
        chatbot.engine = "gemini"
        one = budgets.expect(chatbot, "Hello?", history_chars=0, use_sources=True).total
        db.session.execute(update(Organization).values(tokens_per_day=5 * one))
        db.session.commit()
    for _ in range(AT_ONCE):
        engine.will_say("Yes.", Usage(prompt=one), Finish("stop", "gemini-3.8-flash"))

    answers = Counter(
        all_at_once(lambda _: victor_at(app).send("Hello?", stream=False).status_code)
    )

    with app.app_context():
        day = budgets.today(who.organization_id)
    assert answers == {200: 5, 429: AT_ONCE - 5}
    assert (day.tokens, day.held_tokens) == (5 * one, 0)
    assert written(app) == 10


@pytest.mark.parametrize(
    ("proxies", "sent", "counted"),
    [
        (0, {"X-Forwarded-For": "203.0.113.9"}, "10.0.0.1"),
        (0, {"X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}, "10.0.0.1"),
        (1, {"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        (1, {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, "203.0.113.9"),
        (1, {"X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}, "10.0.0.1"),
        (1, {}, "10.0.0.1"),
        (2, {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"),
        (2, {"X-Forwarded-For": "203.0.113.9, 10.0.0.2"}, "203.0.113.9"),
        (2, {"X-Forwarded-For": "6.6.6.6"}, "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_say_is_counted(
    make_house: Callable[..., Flask], proxies: int, sent: dict[str, str], counted: str
) -> None:
    app = make_house(TRUSTED_PROXIES=proxies)
    seen: list[str] = []
    app.before_request(lambda: seen.append(counted_address()))

    app.test_client().get("/healthz", headers=sent, environ_base={"REMOTE_ADDR": "10.0.0.1"})

    assert seen == [counted]


@pytest.mark.parametrize("named", ["203.0.113.9:4711", "[2001:db8::1]:80", "unknown", "x" * 9000])
def test_an_odd_address_in_front_of_us_breaks_nothing(
    make_house: Callable[..., Flask], named: str
) -> None:
    app = make_house(TRUSTED_PROXIES=1)
    victor = victor_at(app)

    answer = victor.post(
        "/chat",
        json={"chatbot_id": victor.chatbot_id, "message": "Hello?"},
        headers={"X-Forwarded-For": named},
    )

    assert answer.status_code == 200, answer.text


def test_a_whole_network_of_version_six_is_one_address_whatever_it_is_spelled_like(
    make_house: Callable[..., Flask],
) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=2)
    spelled = ("2001:db8:1:2::1", "2001:0DB8:0001:0002:ffff::", "2001:db8:1:2:3:4:5:6%eth0")

    answers = [victor_at(app, address=each).send("Hello?", stream=False) for each in spelled]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_whoever_comes_to_ask_is_counted_once_whatever_comes_of_it(
    make_house: Callable[..., Flask], valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VISITS", RateLimitItemPerMinute(6))
    victor = victor_at(make_house(LIMITS_URL=valkey, ADDRESS_QUESTIONS_PER_HOUR=1))
    sent = {"message_id": str(uuid4()), "stream": False}
    answers = [
        victor.send("Hello?", **sent),
        victor.send("Hello?", **sent),
        victor.post("/chat", json={}),
        victor.post(f"/messages/{uuid4()}/retry"),
        victor.send("And now?", stream=False),
        victor.send("And now?", stream=False),
        victor.send("And now?", stream=False),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 422, 401, 429, 429, 429]
    codes = [answer.get_json()["error"]["code"] for answer in answers[4:]]
    assert codes == ["rate_limited"] * 2 + ["too_many_requests"]


def test_the_limit_of_all_calls_says_when_to_come_back(
    make_house: Callable[..., Flask],
) -> None:
    app = make_house()
    victor = victor_at(app)
    victor.ask("Hello?")
    contact = {"name": "Victor", "email": "victor@example.org", "message": "Please ring."}
    path = f"/conversations/{victor.conversation_id}/contact"
    answers = [victor.post(path, json=contact) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    error = answers[-1].get_json()["error"]
    assert error["code"] == "too_many_requests"
    assert 3000 < error["retry_after"] <= 3601
    assert answers[-1].headers["Retry-After"] == str(error["retry_after"])
