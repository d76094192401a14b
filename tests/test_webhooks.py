"""Other programs hear what happens: signed, and never more than their owner wants them to."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cast import Owner, Visitor, owner, victor_at
from flask import Flask
from receiving import Receiver
from scripted import ScriptedEngine
from sqlalchemy import event, func, select, update
from subscribing import *  # noqa: F403 (fixtures)
from subscribing import ALL, CANARY, deliveries, leave, listen, work

from ragwidget import conversations, jobs, library, webhooks
from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Happening, Message, Organization, Webhook, now


def test_everything_that_happens_is_told_once_signed_and_without_anybodys_words(
    either: Flask, receiver: Receiver
) -> None:
    engine: ScriptedEngine = either.extensions["engine"]
    receiver.says = b"no\0ted\xff"
    victor = victor_at(either)
    victor.ask("Does anybody listen?")
    alice, secret = listen(either, receiver)
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
    assert {one.reply for one in deliveries(either)} == {"noted\ufffd"}
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


def test_an_answer_whose_process_died_is_told_as_one_that_failed(
    house: Flask, receiver: Receiver
) -> None:
    listen(house, receiver, ("question.unanswered",))
    victor_at(house).ask("Hello?")
    with house.app_context():
        dead = {"status": "streaming", "heartbeat_at": now() - timedelta(minutes=1)}
        db.session.execute(update(Message).where(Message.role == "chatbot").values(dead))
        db.session.commit()
        conversations.close_interrupted()

    assert work(house) == 1
    assert receiver.heard[0].told["data"]["error_code"] == "interrupted"


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


def test_what_members_try_is_told_to_nobody_but_a_message_that_waits_in_the_inbox(
    house: Flask, receiver: Receiver
) -> None:
    alice, _ = listen(house, receiver)
    member = Visitor(house, alice.chatbot_id, origin="http://localhost")
    page = {"url": f"http://localhost/dashboard/chatbots/{alice.chatbot_id}/settings/look"}
    tried = member.ask("Does it work?", page=page)
    member.call("PUT", f"/messages/{tried.message_id}/feedback", json={"rating": "down"})
    leave(member)
    victor = victor_at(house)
    victor.ask("When do you open?")
    leave(victor)

    work(house)
    assert receiver.kinds == ["contact.requested", "question.answered", "contact.requested"]
    assert [one.told["data"].get("tried") for one in receiver.heard] == [True, None, False]


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
