"""Members are told by mail what they want to hear: bounded, never twice, and without a trap."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cast import Visitor, csrf_of, owner, sign_in, victor_at
from databases import SECRET, Databases
from flask import Flask
from receiving import MailServer, taking_mail
from scripted import ScriptedEngine
from sqlalchemy import select, update

from ragwidget import conversations, jobs, notices
from ragwidget.engines.protocol import Finish
from ragwidget.extensions import db
from ragwidget.models import Conversation, Membership, Notice, Subscription, now
from ragwidget.notices import Subscribed

ROOT = Path(__file__).parents[1]
PAGE = "/account/notices"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with taking_mail() as server:
        yield server


@pytest.fixture
def house(make_house: Callable[..., Flask], server: MailServer) -> Flask:
    return make_house(SMTP_URL=server.url, PUBLIC_URL="http://chat.example")


def leave(
    app: Flask, message: str = "Please call me.", name: str = "Victor", times: int = 1
) -> None:
    victor = victor_at(app)
    victor.ask("Hello?")
    with app.app_context():
        thread = db.session.get_one(Conversation, UUID(victor.conversation_id))
        for _ in range(times):
            conversations.leave_contact(thread, name, "victor@example.org", message)


def work(app: Flask) -> int:
    """Spread what happened, and send what is due; return how many mails went out."""
    with app.app_context():
        jobs.spread()
        return jobs.mail()


def hurry(app: Flask, **columns: object) -> None:
    """Let every pause between mails be over."""
    with app.app_context():
        waiting = update(Subscription).where(Subscription.mail_at.is_not(None))
        db.session.execute(waiting.values(mail_at=now() - timedelta(seconds=1)))
        if columns:
            db.session.execute(update(Subscription).values(**columns))
        db.session.commit()


def subscribe(app: Flask, email: str = "alice@example.org", **wanted: object) -> None:
    with app.app_context():
        alice = owner(email)
        notices.save(alice.organization_id, alice.user_id, Subscribed(**wanted))


def test_a_message_for_a_human_is_mailed_at_once_and_can_be_answered(
    house: Flask, server: MailServer
) -> None:
    leave(house, "Please call me.\nTomorrow.")
    assert work(house) == 1
    assert work(house) == 0

    (mail,) = server.mails
    text = mail.get_content()
    assert mail["To"] == "alice@example.org"
    assert mail["Subject"] == "Alice's bicycles: a visitor left a message"
    assert mail["Reply-To"] == "victor@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Victor <victor@example.org> wrote:\n  > Please call me.\n  > Tomorrow.\n" in text
    link = re.search(r"http://chat\.example(/dashboard/\S+/inbox/\S+)", text)
    assert link
    assert "Please call me." in sign_in(house, "alice@example.org").get(link[1]).text


def test_a_thousand_messages_are_a_line_of_one_mail_and_no_more_than_six_come_in_an_hour(
    house: Flask, server: MailServer
) -> None:
    leave(house)
    work(house)
    leave(house, times=30)
    assert work(house) == 0
    with house.app_context():
        (gathered,) = db.session.scalars(select(Notice))
        (row,) = db.session.scalars(select(Subscription))
        assert (gathered.count, len(gathered.facts)) == (30, 10)
        assert row.mail_at is not None
        assert timedelta(minutes=9) < row.mail_at - now() < timedelta(minutes=10, seconds=5)

    hurry(house)
    assert work(house) == 1
    assert server.mails[1]["Subject"] == "Alice's bicycles: 30 visitors left messages"
    text = server.mails[1].get_content()
    assert text.count("> Please call me.") == 10
    assert "And 20 more." in text


def test_strangers_words_make_neither_headers_nor_links(house: Flask, server: MailServer) -> None:
    leave(
        house,
        "Hi\r\nBcc: all@example.org\r\n\r\nhttps://evil.example/win and www.evil.example now\u202e",
        name="Bill\r\nSubject: You won https://evil.example",
    )
    work(house)

    (mail,) = server.mails
    head = server.received[0].replace("\r\n", "\n").partition("\n\n")[0]
    assert "evil" not in head
    assert "Bcc" not in head
    assert mail.get_all("Subject") == ["Alice's bicycles: a visitor left a message"]
    text = mail.get_content()
    assert "evil.example" not in text
    assert "\u202e" not in text
    assert re.findall(r"https?://(?!chat\.example)\S+", text) == []


def test_a_mail_server_that_is_away_gets_it_later_and_once(
    house: Flask, server: MailServer
) -> None:
    server.away = True
    leave(house)
    assert work(house) == 0
    leave(house)
    assert work(house) == 0
    assert server.received == []

    server.away = False
    hurry(house)
    assert work(house) == 1
    hurry(house)
    assert work(house) == 0
    assert server.mails[0]["Subject"] == "Alice's bicycles: 2 visitors left messages"


WORKER = """
import sys
import threading
from ragwidget import jobs
from ragwidget.app import create_app
app = create_app(SECRET_KEY=sys.argv[1], DATABASE_URL=sys.argv[2], INSTANCE=sys.argv[3],
                 SMTP_URL=sys.argv[4])
with app.app_context():
    jobs.spread()
    jobs.mail()
"""


def test_what_a_killed_worker_handed_over_is_sent_by_nobody_again(
    house: Flask, server: MailServer
) -> None:
    """`kill -9` when the mail server has it and has not said so yet."""
    leave(house)
    server.held = threading.Event()
    address = house.config["SQLALCHEMY_DATABASE_URI"]
    killed = subprocess.Popen(
        [sys.executable, "-c", WORKER, SECRET, address, house.instance_path, server.url],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert server.arrived.wait(60)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(20)
    server.held.set()
    hurry(house)

    assert work(house) == 0
    assert len(server.received) == 1


def test_each_member_hears_what_they_chose(house: Flask, server: MailServer) -> None:
    client = sign_in(house, "viola@example.org")
    page = client.get(PAGE).text
    assert "checked" not in re.findall(r'<input[^>]*name="at_once"[^>]*>', page)[0]
    leave(house)
    work(house)
    assert [mail["To"] for mail in server.mails] == ["alice@example.org"]

    data = {"at_once": ["contact.requested"], "digest": "off"}
    saved = client.post(PAGE, data={**data, "csrf_token": csrf_of(client, PAGE)})
    assert saved.status_code == 303
    subscribe(house, at_once=("source.failed",))
    hurry(house, mailed_at=None)
    leave(house)
    work(house)
    assert [mail["To"] for mail in server.mails[1:]] == ["viola@example.org"]

    with house.app_context():
        db.session.query(Membership).filter_by(role="viewer").delete()
        db.session.commit()
    leave(house)
    assert work(house) == 0


def test_one_click_at_the_foot_of_a_mail_ends_that_kind_of_mail(
    house: Flask, server: MailServer
) -> None:
    leave(house)
    work(house)
    (mail,) = server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip(" <>")
    assert link in mail.get_content()
    path = link.removeprefix("http://chat.example")
    stranger = house.test_client()
    assert "Stop these mails?" in stranger.get(path).text
    leave(house)
    hurry(house, mailed_at=None)
    assert work(house) == 1, "a program that looks at the link ends nothing"

    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    leave(house)
    hurry(house, mailed_at=None)
    assert work(house) == 0
    assert stranger.post(f"{path}x").status_code == 404
    assert stranger.post("/unsubscribe/nonsense").status_code == 404


def test_a_digest_says_what_was_asked_and_what_went_unanswered(
    databases: Databases, make_app: Callable[..., Flask], server: MailServer
) -> None:
    app = make_app(databases.copy(), SMTP_URL=server.url)
    engine = app.extensions["engine"] = ScriptedEngine()
    subscribe(app, digest="daily")
    victor = victor_at(app)
    member = Visitor(app, UUID(victor.chatbot_id), origin="http://localhost")
    member.ask("Does it work?", page={"url": "http://localhost/dashboard/chatbots/1/"})
    victor.ask("When do you open?")
    engine.will_say("That is not known.", Finish("refused", "scripted-1"))
    refused = victor.ask("Do you sell https://evil.example/unicycles?")
    victor.call("PUT", f"/messages/{refused.message_id}/feedback", json={"rating": "down"})
    with app.app_context():
        assert jobs.mail() == 0
        db.session.execute(update(Subscription).values(digest_at=now()))
        db.session.commit()
        assert jobs.mail() == 1
        assert jobs.mail() == 0
        (row,) = db.session.scalars(select(Subscription))
        assert row.digest_at is not None
        assert timedelta(0) < row.digest_at - now() <= timedelta(days=1)

    (mail,) = server.mails
    text = mail.get_content()
    assert mail["Subject"] == "Alice's bicycles: the last day"
    assert "1 conversation, 2 questions\n" in text
    assert "1 answered, 1 not in the sources, 0 failed\n" in text
    assert "0 liked, 1 disliked\n" in text
    assert "  - When do you open?\n" in text
    assert "Does it work?" not in text, "what members try is no visitor's"
    assert "What went unanswered:\n  - Do you sell https: //evil[.]example/unicycles?\n" in text


def test_no_digest_comes_where_nothing_happened(house: Flask, server: MailServer) -> None:
    subscribe(house, digest="weekly")
    hurry(house, digest_at=now())
    assert work(house) == 0
    assert server.received == []


def test_without_a_mail_server_nothing_is_gathered_and_the_page_says_so(
    make_house: Callable[..., Flask],
) -> None:
    house = make_house()
    assert "No mail server is set up here" in sign_in(house, "alice@example.org").get(PAGE).text
    leave(house)
    assert work(house) == 0
    with house.app_context():
        assert db.session.scalars(select(Notice)).all() == []
