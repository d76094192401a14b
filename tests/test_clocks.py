"""Clocks that differ between machines, and clocks that jump."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from cast import Owner, Visitor, owner, sign_in
from flask import Flask
from itsdangerous import SignatureExpired, TimestampSigner
from scripted import ScriptedEngine

from ragwidget import conversations, library, models, webhooks
from ragwidget.crypto.signing import Dated
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message

AHEAD = [3600, 2, -2, -3600]


@pytest.fixture(params=[timedelta(days=1), timedelta(minutes=1), timedelta(hours=-1)], ids=str)
def jump(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Let this machine's clock jump, while the database's goes on as before."""
    honest = models.base.now

    def jumped() -> datetime:
        return honest() + request.param

    def jump() -> None:
        for name, room in list(sys.modules.items()):
            if name.startswith("ragwidget.") and getattr(room, "now", None) is honest:
                monkeypatch.setattr(room, "now", jumped)

    return jump


def test_a_machine_whose_clock_is_wrong_ends_nobodys_answer(
    app: Flask, victor: Visitor, engine: ScriptedEngine, jump: Callable[[], None]
) -> None:
    closed: list[int] = []

    def sweep() -> None:
        jump()
        with app.app_context():
            assert not conversations.silent()
            closed.append(conversations.close_interrupted())

    engine.will_say("At ", sweep, "nine.")
    reply = victor.ask("When do you open?")

    assert closed == [0]
    assert (reply.answer, reply.names[-1]) == ("At nine.", "done")
    with app.app_context():
        assert db.session.get_one(Message, UUID(reply.message_id)).status == "completed"


def test_a_machine_whose_clock_is_wrong_takes_no_source_from_its_reader(
    app: Flask, alice: Owner, jump: Callable[[], None]
) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        source = library.add_text(chatbot, "Gulls", "Gulls fly.", most=10)
        claimed = library.claim(source.id)
        jump()

        assert claimed
        assert library.due() == []
        assert library.claim(source.id) is None
        assert library.readings.advance(claimed, 50)


def test_a_machine_whose_clock_is_wrong_tells_no_webhook_beside_another(
    app: Flask, alice: Owner, jump: Callable[[], None]
) -> None:
    with app.app_context():
        url, kinds = "https://example.org/hook", ["contact.requested"]
        webhook, _ = webhooks.add(alice.organization_id, url, kinds)
        webhooks.put_test(webhook)
        jump()
        assert webhooks.claim(webhook.id)

        assert webhooks.due() == []
        assert not webhooks.claim(webhook.id)


@pytest.fixture(params=AHEAD)
def sign_ahead(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], AbstractContextManager[None]]:
    """Let what is signed meanwhile be signed by a machine whose clock is so many seconds ahead."""

    @contextmanager
    def ahead() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(
                TimestampSigner, "get_timestamp", lambda _: int(time.time()) + request.param
            )
            yield

    return ahead


def test_a_visitor_goes_on_at_a_machine_with_another_clock(
    make_house: Callable[..., Flask], sign_ahead: Callable[[], AbstractContextManager[None]]
) -> None:
    house = make_house()
    with house.app_context():
        victor = Visitor(house, owner("alice@example.org").chatbot_id)
    with sign_ahead():
        victor.ask("When do you open?")
    first = victor.conversation_id

    assert victor.ask("And on Sundays?").status == 200
    assert victor.conversation_id == first


def test_a_member_stays_signed_in_at_a_machine_with_another_clock(
    make_house: Callable[..., Flask], sign_ahead: Callable[[], AbstractContextManager[None]]
) -> None:
    house = make_house()
    with sign_ahead():
        alice = sign_in(house, "alice@example.org")

    assert alice.get("/dashboard/").status_code == 200


def test_what_was_signed_too_long_ago_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Dated("secret")
    signed = signer.sign("words")
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time()) + 61)

    with pytest.raises(SignatureExpired):
        signer.unsign(signed, max_age=60)
