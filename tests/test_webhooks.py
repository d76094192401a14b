"""Other programs hear what happens: signed, at least once, again after a failure, and never more
than their owner wants them to."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cast import Owner, Visitor, owner, victor_at
from databases import SECRET
from flask import Flask
from receiving import Receiver, receiving
from scripted import ScriptedEngine
from sqlalchemy import event, func, select, update

from ragwidget import happenings, jobs, library, webhooks
from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import (
    Chatbot,
    Delivery,
    Happening,
    Organization,
    Webhook,
    now,
)

ROOT = Path(__file__).parents[1]
HERE = ("127.0.0.1",)
ALL = tuple(happenings.KINDS)
CANARY = "zanzibar"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """An app on SQLite that may tell programs on this machine."""
    return make_house(PRIVATE_HOSTS=HERE)


@pytest.fixture
def either(app: Flask, engine: ScriptedEngine) -> Flask:
    """The same on each database in turn."""
    app.config["PRIVATE_HOSTS"] = HERE
    return app


def listen(
    app: Flask, receiver: Receiver, kinds: tuple[str, ...] = ALL, *, with_words: bool = False
) -> tuple[Owner, str]:
    """Let Alice have the receiver told; return her and the secret."""
    with app.app_context():
        alice = owner("alice@example.org")
        _, secret = webhooks.add(alice.organization_id, receiver.url, kinds, with_words=with_words)
    return alice, secret


def work(app: Flask) -> int:
    """Tell whoever listens what has happened; return how many times it was tried."""
    with app.app_context():
        jobs.spread()
        return sum(jobs.deliver(str(webhook_id)) for webhook_id in webhooks.due())


def hurry(app: Flask, **columns: object) -> None:
    """Let every pause be over."""
    with app.app_context():
        past = now() - timedelta(seconds=1)
        waiting = update(Delivery).where(Delivery.next_at.is_not(None))
        db.session.execute(waiting.values(next_at=past, **columns))
        db.session.execute(update(Webhook).values(lease_until=None))
        db.session.commit()


def deliveries(app: Flask) -> list[Delivery]:
    with app.app_context():
        return list(db.session.scalars(select(Delivery).order_by(Delivery.id)))


def webhook(app: Flask) -> Webhook:
    with app.app_context():
        return db.session.scalars(select(Webhook)).one()


def leave(victor: Visitor) -> None:
    body = {"name": "Victor", "email": "victor@example.org", "message": f"Call me in {CANARY}."}
    assert victor.post(f"/conversations/{victor.conversation_id}/contact", json=body).status_code


def test_everything_that_happens_is_told_once_signed_and_without_anybodys_words(
    either: Flask, receiver: Receiver
) -> None:
    engine: ScriptedEngine = either.extensions["engine"]
    alice, secret = listen(either, receiver)
    victor = victor_at(either)
    asked = victor.ask(f"Is there a {CANARY}?")
    engine.will_say("Nothing is known of that.", Finish("refused", "scripted-1"))
    victor.ask("And else?")
    engine.will_say(EngineFailed("engine_down", "Not now.", hint="It is down.", retryable=True))
    victor.ask("Again?")
    victor.call(
        "PUT", f"/messages/{asked.message_id}/feedback", json={"rating": "up", "comment": CANARY}
    )
    leave(victor)
    with either.app_context():
        library.add_file(
            db.session.get_one(Chatbot, alice.chatbot_id),
            "broken.pdf",
            io.BytesIO(b"%PDF-1.7 not really"),
            either.extensions["originals"],
            most_bytes=1000,
            most=100,
        )
        jobs.work_off()

    assert work(either) == 6
    assert receiver.kinds == [
        "question.answered",
        "question.unanswered",
        "question.unanswered",
        "feedback.received",
        "contact.requested",
        "source.failed",
    ]
    assert all(one.is_signed_with(secret) for one in receiver.heard)
    assert CANARY not in str([one.body for one in receiver.heard])
    first = receiver.heard[0].told
    assert first["organization_id"] == str(alice.organization_id)
    assert first["chatbot"] == {"id": str(alice.chatbot_id), "name": "Alice's bicycles"}
    assert first["data"]["message_id"] == asked.message_id
    assert first["data"]["status"] == "completed"
    assert receiver.heard[3].told["data"]["rating"] == "up"
    assert receiver.heard[5].told["data"]["error"]
    assert work(either) == 0
    with either.app_context():
        assert db.session.scalar(select(func.count()).select_from(Happening)) == 0


def test_words_are_told_where_the_owner_wants_it_and_only_while_they_stand(
    house: Flask, receiver: Receiver
) -> None:
    kinds = ("question.answered", "contact.requested")
    listen(house, receiver, kinds, with_words=True)
    victor = victor_at(house)
    victor.ask(f"Is there a {CANARY}?")
    leave(victor)
    work(house)
    answered, left = (one.told["data"] for one in receiver.heard)
    assert answered["question"] == f"Is there a {CANARY}?"
    assert answered["answer"] == "Yes."
    assert left["message"] == f"Call me in {CANARY}."
    assert left["email"] == "victor@example.org"

    leave(victor)
    victor.call("DELETE", f"/conversations/{victor.conversation_id}")
    work(house)
    assert CANARY not in str(receiver.heard[2].body)
    assert receiver.kinds[2] == "contact.requested"


def test_where_nobody_listens_a_turn_asks_and_writes_nothing_more(house: Flask) -> None:
    victor = victor_at(house)
    victor.ask("Hello?")
    statements: list[str] = []
    with house.app_context():
        event.listen(
            db.engine,
            "before_cursor_execute",
            lambda _c, _cur, statement, *_: statements.append(statement),
        )
    victor.ask("And once more?")

    assert any("INSERT INTO messages" in statement for statement in statements)
    assert not [one for one in statements if "webhooks" in one or "happenings" in one]


def test_only_what_was_chosen_is_told_and_nothing_of_another_organization(
    either: Flask, receiver: Receiver, bob: Owner
) -> None:
    listen(either, receiver, ("contact.requested",))
    with either.app_context():
        alice = owner("alice@example.org")
        elsewhere = [str(bob.chatbot_id)]  # none of hers: it hears of nothing
        webhooks.add(alice.organization_id, receiver.url, ALL, elsewhere)
    at_bobs = Visitor(either, bob.chatbot_id, origin=None)
    at_bobs.ask("Where is the tamarind?")
    leave(at_bobs)
    victor = victor_at(either)
    victor.ask("Hello?")
    leave(victor)

    work(either)
    assert receiver.kinds == ["contact.requested"]
    assert receiver.heard[0].told["organization_id"] == str(alice.organization_id)


def test_what_fails_is_sent_again_under_its_id_after_pauses_that_grow(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    victor_at(house).ask("Hello?")
    receiver.statuses.extend([500, 302, 404])
    pauses = []
    for _ in range(3):
        work(house)
        (waiting,) = deliveries(house)
        assert waiting.next_at is not None
        pauses.append((waiting.next_at - now()).total_seconds())
        assert work(house) == 0
        hurry(house)
    for pause, wanted in zip(pauses, (10, 30, 90), strict=True):
        assert 0.7 * wanted < pause < 1.25 * wanted
    work(house)

    (done,) = deliveries(house)
    assert (done.status, done.attempts, done.next_at, done.reply) == (200, 4, None, "noted")
    assert done.delivered_at is not None
    assert len({one.id for one in receiver.heard}) == 1
    assert [one.path for one in receiver.heard] == ["/hook"] * 4
    assert webhook(house).failing_since is None


def test_after_a_day_it_is_given_up_and_after_three_the_webhook_is_switched_off(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    victor = victor_at(house)
    victor.ask("Hello?")
    receiver.statuses.extend([500] * 3)
    work(house)
    hurry(house, created_at=now() - timedelta(hours=24))
    work(house)
    (given_up,) = deliveries(house)
    assert given_up.next_at is None
    assert given_up.error == "It answered with status 500. Given up after a day."

    with house.app_context():
        db.session.execute(update(Webhook).values(failing_since=now() - timedelta(hours=73)))
        db.session.commit()
    victor.ask("And now?")
    work(house)
    assert webhook(house).off_at is not None
    with house.app_context():
        happenings.listeners().forget(webhook(house).organization_id)
    victor.ask("Anybody?")
    assert work(house) == 0
    assert len(receiver.heard) == 3


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://localhost:8443/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
    ],
)
def test_no_private_network_is_told_anything(
    make_house: Callable[..., Flask], receiver: Receiver, url: str
) -> None:
    house = make_house()
    with house.app_context():
        webhooks.add(owner("alice@example.org").organization_id, url, ALL)
    victor_at(house).ask("Hello?")
    work(house)

    (refused,) = deliveries(house)
    assert refused.error == "This address leads into a private network."
    assert refused.status is None


@pytest.mark.parametrize(
    "url", ["http://example.org/hook", "ftp://example.org", "https://a:b@example.org", "nonsense"]
)
def test_an_address_that_others_could_read_is_refused(
    make_house: Callable[..., Flask], url: str
) -> None:
    house = make_house()
    with house.app_context():
        with pytest.raises(Refusal) as refused:
            webhooks.add(owner("alice@example.org").organization_id, url, ALL)
        assert refused.value.status == 422
        assert db.session.scalar(select(func.count()).select_from(Webhook)) == 0


def test_one_worker_at_a_time_sends_to_a_webhook(either: Flask, receiver: Receiver) -> None:
    listen(either, receiver)
    victor_at(either).ask("Hello?")
    receiver.held = threading.Event()
    with either.app_context():
        jobs.spread()
        (webhook_id,) = webhooks.due()
    tried: list[int] = []

    def deliver() -> None:
        with either.app_context():
            tried.append(jobs.deliver(str(webhook_id)))

    first = threading.Thread(target=deliver)
    first.start()
    assert receiver.arrived.wait(20)
    deliver()
    assert tried == [0]
    receiver.held.set()
    first.join()
    assert sorted(tried) == [0, 1]
    assert len(receiver.heard) == 1


WORKER = """
import sys
from ragwidget import jobs, webhooks
from ragwidget.app import create_app
app = create_app(SECRET_KEY=sys.argv[1], DATABASE_URL=sys.argv[2], INSTANCE=sys.argv[3],
                 PRIVATE_HOSTS=("127.0.0.1",))
with app.app_context():
    jobs.spread()
    jobs.deliver(str(webhooks.due()[0]))
"""


def test_what_a_killed_worker_sent_and_did_not_write_down_is_sent_again_under_its_id(
    house: Flask, receiver: Receiver
) -> None:
    """`kill -9` while the receiver has it and has not answered yet."""
    listen(house, receiver)
    victor_at(house).ask("Hello?")
    receiver.held = threading.Event()
    address = house.config["SQLALCHEMY_DATABASE_URI"]
    killed = subprocess.Popen(
        [sys.executable, "-c", WORKER, SECRET, address, house.instance_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert receiver.arrived.wait(60)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(20)
    receiver.held.set()
    assert work(house) == 0, "its lease still stands"

    hurry(house)
    assert work(house) == 1
    first, second = receiver.heard
    assert first.id == second.id
    assert first.told == second.told
    assert deliveries(house)[0].delivered_at is not None


@pytest.mark.parametrize("scope", ["organization", "chatbot"])
def test_a_daily_limit_is_told_once_however_many_are_refused(
    house: Flask, receiver: Receiver, scope: str
) -> None:
    alice, _ = listen(house, receiver, ("limit.reached",))
    with house.app_context():
        bounded: Any = Organization if scope == "organization" else Chatbot
        db.session.get_one(bounded, getattr(alice, f"{scope}_id")).questions_per_day = 1
        db.session.commit()
    victor_at(house).ask("Hello?")

    def ask(number: int) -> int:
        return victor_at(house, address=f"203.0.113.{number}").send("And I?").status_code

    with ThreadPoolExecutor(4) as visitors:
        assert set(visitors.map(ask, range(4))) == {429}
    work(house)

    assert receiver.kinds == ["limit.reached"]
    assert receiver.heard[0].told["data"] == {"scope": scope}


def test_the_log_shows_the_last_hundred_and_forgets_what_came_before(
    house: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks.deliveries, "LOGGED", 3)
    listen(house, receiver)
    victor = victor_at(house)
    for number in range(5):
        victor.ask(f"Number {number}?")
    work(house)

    assert len(receiver.heard) == 5
    told = [one.id for one in receiver.heard[-3:]]
    assert [str(one.id) for one in deliveries(house)] == told
