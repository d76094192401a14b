"""A visitor whom their website signs for is the same person on every device, and nobody else is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from cast import BOB_SITE, Owner, Visitor
from flask import Flask
from identifying import become, code_of, device_of, rows_of, titles
from signing import key_for, token_of
from sqlalchemy import delete, func, select, text, update

from ragwidget import jobs
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Identity, new_id, now

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def key(app: Flask, alice: Owner) -> str:
    return key_for(app, alice)


def test_it_knows_a_person_again_on_another_device(app: Flask, victor: Visitor, key: str) -> None:
    body = become(victor, token=token_of(key, name="Victor", email="victor@example.org"))
    assert body["visitor"] == {"name": "Victor", "email": "victor@example.org"}
    assert titles(victor) == []
    victor.ask("Does it float?")

    phone = device_of(victor, app)
    become(phone, token=token_of(key))

    assert titles(phone) == ["Does it float?"]
    phone.conversation_id = victor.conversation_id
    assert phone.messages()[0]["text"] == "Does it float?"
    [row] = rows_of(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")
    assert row.identified
    assert row.vouched


def test_it_begins_a_conversation_with_a_token_that_is_in_none(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key))
    first = victor.ask("Does it float?").start["conversation"]
    victor.ask("And does it sink?")

    assert victor.conversation_id == first["id"]
    assert len(rows_of(app)) == 1
    assert titles(victor) == ["Does it float?"]


def test_another_user_of_the_website_finds_nothing(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key))
    reply = victor.ask("My secret?")
    other = device_of(victor, app)
    become(other, token=token_of(key, "43"))

    assert titles(other) == []
    assert other.get(f"/conversations/{victor.conversation_id}").status_code == 404
    assert other.get(f"/messages/{reply.message_id}").status_code == 404


def test_what_was_said_as_nobody_becomes_the_persons(app: Flask, victor: Visitor, key: str) -> None:
    victor.ask("Does it float?", visitor={"name": "Vic", "email": "vic@example.org"})
    become(victor, token=token_of(key, name="Victor"))

    assert titles(victor) == ["Does it float?"]
    answer = victor.get(f"/conversations/{victor.conversation_id}")
    victor.token = answer.get_json()["conversation"]["token"]
    victor.ask("And does it sink?")
    [row] = rows_of(app)
    assert row.message_count == 4
    assert (row.visitor_name, row.visitor_email, row.vouched) == ("Victor", "", True)


def test_a_name_that_was_said_is_not_signed_by_a_token_without_one(
    app: Flask, victor: Visitor, key: str
) -> None:
    victor.ask("Does it float?", visitor={"name": "The Director"})
    become(victor, token=token_of(key))
    victor.ask("And does it sink?", visitor={"name": "The Director"})

    rows = rows_of(app)
    assert [row.visitor_name for row in rows] == ["The Director", "The Director"]
    assert [(row.identified, row.vouched) for row in rows] == [(True, False), (True, False)]


def test_what_a_person_says_of_themselves_is_not_what_was_signed(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key, name="Victor", email="victor@example.org"))
    victor.ask("Who am I?", visitor={"name": "The Director", "email": "director@example.org"})

    [row] = rows_of(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")


def test_a_token_from_before_opens_nothing_of_the_person(
    app: Flask, mallory: Visitor, key: str
) -> None:
    # Mallory leaves her own token in a shared computer's browser, and waits
    mallory.ask("A trap?")
    victim = device_of(mallory, app)
    victim.token = mallory.token
    become(victim, token=token_of(key))
    victim.ask("My secret?")

    assert titles(victim) == ["My secret?", "A trap?"]
    assert titles(mallory) == []
    assert mallory.get(f"/conversations/{victim.conversation_id}").status_code == 404


def test_a_question_from_before_sent_again_opens_nothing_of_the_person(
    app: Flask, alice: Owner, mallory: Visitor, key: str
) -> None:
    name = str(uuid4())
    mallory.ask("A trap?", message_id=name)
    victim = Visitor(app, alice.chatbot_id, address=mallory.address, token=mallory.token)
    become(victim, token=token_of(key))
    victim.ask("My secret?")

    mallory.token = None

    assert code_of(mallory.send("A trap?", message_id=name)) == (409, "message_id_taken")


def test_who_asks_while_their_conversation_becomes_a_persons_says_nothing_in_it(
    app: Flask, mallory: Visitor
) -> None:
    mallory.ask("A trap?")
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        db.session.execute(update(Conversation).values(visitor_id=new_id(), identified=True))
        asking = pool.submit(mallory.send, "And now?")
        while db.engine.name == "postgresql" and not _somebody_waits():
            assert not asking.done()
        db.session.commit()
        asking.result(15).close()

    assert rows_of(app)[0].message_count == 2


def _somebody_waits() -> bool:
    return bool(db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_signing_in_as_another_takes_nothing_along(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key, "42"))
    victor.ask("My secret?")
    become(victor, token=token_of(key, "43"))

    assert titles(victor) == []
    become(victor, token=token_of(key, "42"))
    assert titles(victor) == ["My secret?"]


def test_the_newest_name_counts_from_then_on(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key, name="Victor"))
    victor.ask("First?")
    become(victor, token=token_of(key, name="Victoria"))
    victor.ask("Second?")

    assert [row.visitor_name for row in rows_of(app)] == ["Victor", "Victoria"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_two_tabs_at_once_are_one_person(app: Flask, victor: Visitor, key: str) -> None:
    tabs = [device_of(victor, app) for _ in range(4)]
    for tab in tabs:
        tab.ask("Does it float?")
    with ThreadPoolExecutor(len(tabs)) as pool:
        list(pool.map(lambda tab: become(tab, token=token_of(key)), tabs))

    assert [len(titles(tab)) for tab in tabs] == [4] * 4
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_who_is_unseen_and_has_said_nothing_is_forgotten(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key, "42"))
    victor.ask("Does it float?")
    for sub in ("43", "44"):
        become(device_of(victor, app), token=token_of(key, sub))
    with app.app_context():
        long_ago = now() - app.config["TOKEN_LIFETIME"] - timedelta(days=1)
        unseen = update(Identity).where(Identity.external_id.in_(["42", "43"]))
        db.session.execute(unseen.values(seen_at=long_ago))
        db.session.commit()

        jobs.forget_unseen()

        assert sorted(db.session.scalars(select(Identity.external_id))) == ["42", "44"]


def test_identities_go_with_their_chatbot(
    app: Flask, alice: Owner, bob: Owner, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key))
    become(Visitor(app, bob.chatbot_id, origin=BOB_SITE), token=token_of(key_for(app, bob)))
    with app.app_context():
        db.session.execute(delete(Chatbot).where(Chatbot.id == alice.chatbot_id))
        db.session.commit()

        assert list(db.session.scalars(select(Identity.chatbot_id))) == [bob.chatbot_id]
