"""What is to be told arrives: again after a failure, once from one worker, and nowhere private."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cast import owner, victor_at
from databases import SECRET
from flask import Flask
from receiving import Receiver
from sqlalchemy import update
from subscribing import *  # noqa: F403 (fixtures)
from subscribing import ALL, deliveries, hurry, listen, webhook, work

from ragwidget import happenings, jobs, webhooks
from ragwidget.extensions import db
from ragwidget.models import Delivery, Webhook, now
from ragwidget.webhooks.deliveries import Attempt, next_of, note

ROOT = Path(__file__).parents[1]


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
    receiver.statuses.extend([500] * 4)
    work(house)
    hurry(house, created_at=now() - timedelta(hours=24))
    work(house)
    (given_up,) = deliveries(house)
    assert given_up.next_at is None
    assert given_up.error == "It answered with status 500. Given up after a day."
    with house.app_context():
        webhooks.redeliver(webhook(house), given_up.id)
    work(house)
    assert deliveries(house)[0].next_at is not None, "it has another day"

    with house.app_context():
        db.session.execute(update(Webhook).values(failing_since=now() - timedelta(hours=73)))
        db.session.commit()
    victor.ask("And now?")
    work(house)
    assert webhook(house).off_at is not None
    assert [one.next_at for one in deliveries(house)] == [None, None]
    with house.app_context():
        happenings.listeners().forget(webhook(house).organization_id)
    victor.ask("Anybody?")
    assert work(house) == 0
    assert len(receiver.heard) == 4


def test_while_it_is_off_it_is_told_nothing_and_it_begins_anew_when_it_is_on(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    victor_at(house).ask("Hello?")
    receiver.statuses.append(500)
    work(house)
    with house.app_context():
        switched = webhook(house)
        webhooks.switch(db.session.merge(switched), on=False)
        assert deliveries(house)[0].next_at is None
        webhooks.redeliver(switched, deliveries(house)[0].id)
        assert work(house) == 0
        webhooks.switch(db.session.merge(switched), on=True)
    assert webhook(house).failing_since is None
    assert work(house) == 1


def test_what_its_owner_switched_off_is_not_switched_off_once_more_by_what_was_under_way(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    victor_at(house).ask("Hello?")
    with house.app_context():
        jobs.spread()
        parcel = next_of(webhook(house).id)
        assert parcel is not None
        webhooks.switch(db.session.merge(webhook(house)), on=False)
        off_at = webhook(house).off_at
        db.session.execute(update(Webhook).values(failing_since=now() - timedelta(hours=73)))
        db.session.commit()

        assert not note(parcel, Attempt(took_ms=1, status=500)), "nobody is mailed of it"
    assert webhook(house).off_at == off_at


def test_what_waited_for_a_day_is_given_up_and_what_arrived_stays_as_it_is(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    victor = victor_at(house)
    victor.ask("Hello?")
    work(house)
    victor.ask("And now?")
    with house.app_context():
        jobs.spread()
        db.session.execute(update(Delivery).values(created_at=now() - timedelta(hours=25)))
        db.session.commit()
        jobs.forget_told()

    arrived, waited = deliveries(house)
    assert (arrived.status, arrived.error) == (200, "")
    assert (waited.next_at, waited.attempts) == (None, 0)
    assert waited.error == "Given up after a day."


def test_no_pause_is_longer_than_some_hours_and_a_try_of_the_owners_counts_for_nothing(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    receiver.statuses.extend([500, 500])
    with house.app_context():
        webhooks.put_test(webhook(house))
    work(house)
    assert webhook(house).failing_since is None

    hurry(house, attempts=12)
    work(house)
    again = deliveries(house)[0].next_at
    assert again is not None
    assert timedelta(hours=4) < again - now() < timedelta(hours=8)


def test_an_answer_without_end_is_heard_no_further_than_it_is_kept(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    receiver.goes_on = True
    victor_at(house).ask("Hello?")

    assert work(house) == 1
    (told,) = deliveries(house)
    assert (told.status, len(told.reply)) == (200, 500)


def test_what_can_not_be_signed_is_not_sent_and_its_owner_is_told_why(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    with house.app_context():
        db.session.execute(update(Webhook).values(secret="sealed under a key that is lost"))
        db.session.commit()
    victor_at(house).ask("Hello?")

    assert work(house) == 1
    assert receiver.heard == []
    assert deliveries(house)[0].error == "The secret can’t be read any more: make another one."


def test_an_address_where_nobody_answers_is_not_tried_for_each(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver)
    with house.app_context():
        db.session.execute(update(Webhook).values(url="http://127.0.0.1:9/hook"))
        db.session.commit()
    victor = victor_at(house)
    for question in ("Hello?", "Anybody?"):
        victor.ask(question)

    assert work(house) == 1
    assert [one.attempts for one in deliveries(house)] == [1, 0]


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
    with either.app_context():
        db.session.remove()
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
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
