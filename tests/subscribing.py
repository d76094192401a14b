"""Alice's webhooks, and the program of hers that is told by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from cast import Owner, Visitor, owner
from flask import Flask
from receiving import Receiver, receiving
from scripted import ScriptedEngine
from sqlalchemy import select, update

from ragwidget import happenings, jobs, webhooks
from ragwidget.extensions import db
from ragwidget.models import Delivery, Webhook, now

__all__ = ["either", "house", "receiver"]

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
