"""The whole thing under a real gunicorn: streaming, leaving, other processes, sudden ends."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cast import owner, parse_events
from counting_server import PAUSE
from flask import Flask
from live import WAYS, Server, eventually, hear, serving, watching
from sqlalchemy import func, select, update

from ragwidget.extensions import db
from ragwidget.models import Message, now

Pair = tuple[Server, Server]

GRACE = 3
VISITORS = 40


@pytest.fixture(scope="module", params=WAYS)
def house(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Flask]:
    """An eye on a database that is served in one of the ways that there are."""
    yield from watching(request, tmp_path_factory)


@pytest.fixture(scope="module")
def processes(house: Flask, tmp_path_factory: Any) -> Iterator[Pair]:
    """Two servers of that database, of which the first has little patience."""
    folder, config = tmp_path_factory.mktemp("servers"), house.config
    settings = {
        "WORKER_CLASS": config["WORKER_CLASS"],
        "ADDRESS_QUESTIONS_PER_HOUR": 10_000,
        "ORGANIZATION_QUESTIONS_PER_DAY": 10_000,
    }
    with (
        serving(config["DATABASE_URL"], folder / "one", GRACE_SECONDS=GRACE, **settings) as [one],
        serving(config["DATABASE_URL"], folder / "other", **settings) as [other],
    ):
        yield one, other


def ask(house: Flask, server: Server, question: str, **fields: Any) -> Any:
    with house.app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
    return server.call("POST", "/chat", chatbot_id=chatbot_id, message=question, **fields)


def numbers(count: int) -> str:
    return "".join(f"{number} " for number in range(1, count + 1))


def text(events: list[tuple[int, str, dict[str, Any]]]) -> str:
    return "".join(data["text"] for _, name, data in events if name == "delta")


def test_an_answer_outlives_its_listener_and_any_process_can_tell_it(
    house: Flask, processes: Pair
) -> None:
    one, other = processes
    begun = hear(ask(house, one, "count to 25"), until=6)
    start = begun[0][2]
    token, path = start["conversation"]["token"], f"/messages/{start['message_id']}/events"

    elsewhere = hear(other.call("GET", f"{path}?after=6", token))
    here = hear(one.call("GET", f"{path}?after=6", token))

    for rest in (elsewhere, here):
        assert [number for number, _, _ in begun + rest] == list(range(1, 28))
        assert text(begun + rest) == numbers(25)
        assert rest[-1][1] == "done"


def test_words_arrive_while_the_answer_is_written(house: Flask, processes: Pair) -> None:
    response = ask(house, processes[0], "count to 10")
    began = time.monotonic()
    hear(response, until=3)
    first = time.monotonic() - began

    assert first < 6 * PAUSE


def test_it_can_be_stopped_from_another_process(house: Flask, processes: Pair) -> None:
    one, other = processes
    start = hear(ask(house, one, "count to 100"), until=4)[0][2]
    token = start["conversation"]["token"]

    other.call("POST", f"/messages/{start['message_id']}/stop", token).read()
    rest = hear(other.call("GET", f"/messages/{start['message_id']}/events?after=4", token))

    assert rest[-1][1] == "done"
    assert rest[-1][2]["message"]["status"] == "stopped"
    assert len(rest) < 60


def test_a_reload_loses_no_question_and_refuses_none(house: Flask, processes: Pair) -> None:
    server = processes[1]
    with house.app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
        before = db.session.scalar(select(func.count()).select_from(Message))
        db.session.remove()
    over = threading.Event()

    def visit(_: int) -> int:
        asked = 0
        while not over.is_set():
            answer = server.call("POST", "/chat", chatbot_id=chatbot_id, message="count to 20")
            told = list(parse_events(answer.read().decode()))
            assert text(told) == numbers(20)
            assert told[-1][1] == "done"
            asked += 1
        return asked

    with ThreadPoolExecutor(VISITORS) as crowd:
        visits = [crowd.submit(visit, number) for number in range(VISITORS)]
        for _ in range(2):  # also what a reload has begun
            earlier = set(server.workers())
            server.reload()
            eventually(lambda: server.workers() and not earlier & set(server.workers()))  # noqa: B023
        over.set()
        asked = sum(visit.result() for visit in visits)

    with house.app_context():
        count = db.session.scalar(select(func.count()).select_from(Message))
        ends = set(db.session.scalars(select(Message.status).where(Message.role == "chatbot")))
        db.session.remove()
    assert asked > VISITORS
    assert count - before == 2 * asked
    assert ends <= {"completed", "stopped"}


def test_a_reload_that_fails_leaves_everything_as_it_was(house: Flask, processes: Pair) -> None:
    server = processes[1]
    serving_now = server.workers()
    server.broken.touch()
    server.reload()
    eventually(lambda: len(server.workers()) > 1)
    eventually(lambda: server.workers() == serving_now)
    server.broken.unlink()

    assert text(hear(ask(house, server, "count to 2"))) == numbers(2)


def test_a_killed_process_loses_what_was_not_said_and_no_more(
    house: Flask, processes: Pair
) -> None:
    one, other = processes
    begun = hear(ask(house, one, "count to 100"), until=18)
    start = begun[0][2]
    token, message_id = start["conversation"]["token"], start["message_id"]
    one.kill_workers()
    with house.app_context():  # its heart has not beaten for a while
        db.session.execute(
            update(Message)
            .where(Message.id == UUID(message_id))
            .values(heartbeat_at=now() - timedelta(minutes=1))
        )
        db.session.commit()

    told = hear(other.call("GET", f"/messages/{message_id}/events", token))
    kept = text(told)

    assert told[-1][1:] == (
        "error",
        {
            "code": "interrupted",
            "message": "The answer was interrupted. Please ask again.",
            "retryable": True,
        },
    )
    assert kept
    assert text(begun).startswith(kept) or kept.startswith(text(begun))

    again = hear(one.call("POST", f"/messages/{message_id}/retry", token), until=5)
    assert text(again) == numbers(4)
    assert again[0][2]["question_id"] == start["question_id"]


def test_a_process_that_is_told_to_end_leaves_no_answer_open(house: Flask, processes: Pair) -> None:
    one, other = processes
    start = hear(ask(house, one, "count to 200"), until=4)[0][2]
    whole = hear(ask(house, one, "count to 5"), until=2)[0][2]

    one.stop()

    path = f"/messages/{start['message_id']}/events"
    told = hear(other.call("GET", path, start["conversation"]["token"]))
    assert told[-1][1] == "error"
    assert told[-1][2]["code"] == "interrupted"
    assert text(told).startswith(numbers(8 * GRACE))
    path = f"/messages/{whole['message_id']}/events"
    told = hear(other.call("GET", path, whole["conversation"]["token"]))
    assert told[-1][1] == "done"
    assert text(told) == numbers(5)
