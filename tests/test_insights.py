"""What is counted ahead and what is counted now come to what was said, whatever happens between."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from asking import season
from bench.crowd.filling import fill
from cast import Owner, Visitor
from databases import Databases
from flask import Flask
from flask_migrate import upgrade
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget import insights, jobs
from ragwidget.engines.protocol import EngineFailed, Finish
from ragwidget.extensions import db
from ragwidget.insights import rollups
from ragwidget.models import (
    Conversation,
    DailyCitation,
    DailyNumbers,
    DailyPage,
    DailyQuestion,
    Message,
    now,
)

MONTH = "30d"
ROOT = Path(__file__).parents[1]
# somebody who counts, and is killed when the day's numbers are written but not yet committed
KILLED = """
import json, os, sys
from datetime import timedelta
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.insights import rollups

def die(answers):
    db.session.flush()
    os.kill(os.getpid(), 9)

rollups.MARGIN, rollups.topics.add = timedelta(), die
with create_app(TESTING=True, **json.loads(sys.argv[1])).app_context():
    rollups.count_up()
"""


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said is counted without waiting for what may still be written down."""
    monkeypatch.setattr(rollups, "MARGIN", timedelta())


def count_up(app: Flask) -> None:
    with app.app_context():
        jobs.count_up()
        db.session.remove()


def told(app: Flask, whose: Owner, name: str = MONTH) -> insights.Report:
    with app.app_context():
        return insights.report([whose.chatbot_id], insights.named(name))


def counts(app: Flask, whose: Owner, name: str = MONTH) -> dict[str, int]:
    """Return what is not nothing of a chatbot's numbers."""
    total = told(app, whose, name).total
    counted = {each: getattr(total, each) for each in insights.tallies.COUNTS}
    return {each: count for each, count in counted.items() if count}


@pytest.fixture
def one_of_each(victor: Visitor, engine: ScriptedEngine) -> Visitor:
    """Victor asked four questions, each with another outcome."""
    engine.will_say("Nine.")
    victor.ask("When do you open?")
    for reason in ("refused", "near"):
        engine.will_say("I don't know.", Finish(reason, "scripted-1", grounded=False))
        victor.ask(f"What is {reason}?")
    engine.will_say(EngineFailed("engine_down", "Not now.", hint="It is down.", retryable=True))
    victor.ask("Is it broken?")
    return victor


ONE_OF_EACH = {
    "conversations": 1,
    "visitors": 1,
    "questions": 4,
    "answered": 1,
    "refused": 1,
    "near": 1,
    "failed": 1,
}


@pytest.mark.usefixtures("at_once")
def test_it_says_the_same_before_and_after_it_was_counted(
    app: Flask, alice: Owner, bob: Owner, one_of_each: Visitor
) -> None:
    assert counts(app, alice) == ONE_OF_EACH
    count_up(app)
    assert counts(app, alice) == ONE_OF_EACH
    assert counted_ahead(app) == 4

    one_of_each.ask("And now?")  # by somebody who asked earlier that day

    assert counts(app, alice) == {**ONE_OF_EACH, "questions": 5, "answered": 2}
    assert counts(app, bob) == {}


def test_nothing_is_counted_that_may_still_change(
    app: Flask, alice: Owner, one_of_each: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_up(app)
    assert counted_ahead(app) == 0
    with app.app_context():
        second = select(Message.id).filter_by(position=4).scalar_subquery()
        writing = {"status": "streaming", "heartbeat_at": now()}
        db.session.execute(update(Message).where(Message.id == second).values(writing))
        db.session.commit()
    monkeypatch.setattr(rollups, "MARGIN", timedelta())
    count_up(app)

    assert counted_ahead(app) == 1
    assert told(app, alice).total.questions == 4


def counted_ahead(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.sum(DailyNumbers.questions))) or 0


@pytest.mark.usefixtures("at_once")
def test_what_is_thought_of_an_answer_later_is_counted_too(
    app: Flask, alice: Owner, one_of_each: Visitor
) -> None:
    count_up(app)
    opened, refused = (message["id"] for message in one_of_each.messages()[1:4:2])

    def rate(message_id: str, rating: str | None) -> dict[str, int]:
        path = f"/messages/{message_id}/feedback"
        assert one_of_each.call("PUT", path, json={"rating": rating}).status_code == 200
        return counts(app, alice)

    assert rate(opened, "up") == {**ONE_OF_EACH, "liked": 1}
    assert rate(opened, "up") == {**ONE_OF_EACH, "liked": 1}
    assert rate(refused, "down") == {**ONE_OF_EACH, "liked": 1, "disliked": 1}
    assert rate(opened, "down") == {**ONE_OF_EACH, "disliked": 2}
    assert rate(opened, None) == {**ONE_OF_EACH, "disliked": 1}
    with app.app_context():
        disliked = select(DailyQuestion.disliked).where(DailyQuestion.unanswered == 1)
        assert sorted(db.session.scalars(disliked)) == [0, 1]


@pytest.mark.usefixtures("at_once")
def test_an_answer_that_was_replaced_later_is_not_counted_twice(
    app: Flask, alice: Owner, one_of_each: Visitor
) -> None:
    count_up(app)
    failed = one_of_each.messages()[-1]["id"]

    assert one_of_each.hear(one_of_each.post(f"/messages/{failed}/retry")).answer == "Yes."

    expected = {**ONE_OF_EACH, "answered": 2}
    del expected["failed"]
    assert counts(app, alice) == expected
    count_up(app)
    assert counts(app, alice) == expected


@pytest.mark.usefixtures("at_once")
def test_who_is_killed_while_counting_has_counted_nothing(
    app: Flask, alice: Owner, one_of_each: Visitor
) -> None:
    settings = {name: app.config[name] for name in ("SECRET_KEY", "INSTANCE", "DATABASE_URL")}
    killed = subprocess.run([sys.executable, "-c", KILLED, json.dumps(settings)], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL

    assert counted_ahead(app) == 0
    assert counts(app, alice) == ONE_OF_EACH
    count_up(app)
    count_up(app)
    assert counted_ahead(app) == 4
    assert counts(app, alice) == ONE_OF_EACH


@pytest.mark.usefixtures("at_once")
def test_numbers_stay_and_words_go_when_a_visitor_is_erased(
    app: Flask, alice: Owner, one_of_each: Visitor
) -> None:
    count_up(app)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DailyQuestion)) == 4

    path = f"/conversations/{one_of_each.conversation_id}"
    assert one_of_each.call("DELETE", path).status_code == 204

    assert counts(app, alice) == ONE_OF_EACH
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DailyQuestion)) == 0
        assert db.session.scalar(select(func.count()).select_from(DailyPage)) == 0


@pytest.mark.usefixtures("at_once")
def test_of_a_crowded_day_it_keeps_what_matters_most(
    app: Flask, alice: Owner, one_of_each: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups.topics, "MOST", 2)
    count_up(app)

    with app.app_context():
        asked = select(Message.text).join(DailyQuestion, DailyQuestion.message_id == Message.id)
        assert set(db.session.scalars(asked)) == {"What is refused?", "What is near?"}
        report = insights.report([alice.chatbot_id], insights.named(MONTH))
        found = insights.unanswered_questions(report)
    assert {one.words for one in found} == {"What is refused?", "What is near?"}
    assert report.total.questions == 4


@pytest.mark.usefixtures("at_once")
def test_the_same_question_is_known_however_it_is_written(
    app: Flask, alice: Owner, victor: Visitor, engine: ScriptedEngine
) -> None:
    victor.ask("When do you open?")
    victor.ask("Something else")
    count_up(app)
    victor.ask("  when do you OPEN ")

    with app.app_context():
        report = insights.report([alice.chatbot_id], insights.named(MONTH))
        (found,), _ = insights.questions(report)
    assert (found.words, found.asked) == ("when do you OPEN", 2)


@pytest.mark.usefixtures("at_once")
def test_who_comes_back_is_one_visitor(
    app: Flask, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "AT_ONCE", 20)  # so that nobody is known from the same commit
    monkeypatch.setattr(rollups, "REST", 0.0)
    last = now().date()
    with app.app_context():
        season(alice, days=40, a_day=4)
        asked = db.session.execute(
            select(Conversation.visitor_id, Message.created_at)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(Message.role == "chatbot")
        ).all()
    ranges = [insights.Range(last - timedelta(days=days), last) for days in (0, 6, 29, 99)]
    ranges.append(insights.Range(last - timedelta(days=20), last - timedelta(days=10)))

    def visitors() -> list[tuple[int, int]]:
        with app.app_context():
            found = [insights.report([alice.chatbot_id], days) for days in ranges]
        return [(report.total.visitors, report.before.visitors) for report in found]

    by_hand = [
        tuple(len({who for who, at in asked if at.date() in some}) for some in (days, days.before))
        for days in ranges
    ]
    assert visitors() == by_hand
    count_up(app)
    assert visitors() == by_hand


def test_the_numbers_of_a_year_are_those_of_its_messages(
    databases: Databases, make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "AT_ONCE", 3)  # so that a day takes several commits
    monkeypatch.setattr(rollups, "REST", 0.0)
    app = make_app(databases.empty())
    with app.app_context():
        upgrade()
        place = fill(db.engine, 400).places[0]
        before = spelled(place.chatbot_id)
        while insights.count_up():
            db.session.remove()
        after = spelled(place.chatbot_id)
        assert before == after == by_hand(place.chatbot_id)
        left = db.session.scalar(select(func.sum(DailyNumbers.questions)))
        all_answers = select(func.count()).select_from(Message).filter_by(role="chatbot")
        assert left == db.session.scalar(all_answers)
        cited = db.session.scalar(select(func.sum(DailyCitation.answers)))
        assert cited
        assert cited <= left


def spelled(chatbot_id: UUID) -> dict[date, tuple[int, ...]]:
    found = insights.report([chatbot_id], insights.named("12m"))
    return {
        day: (
            tally.questions,
            tally.answered,
            tally.unanswered,
            tally.failed,
            tally.liked,
            tally.visitors,
            tally.conversations,
            tally.whole.total(),
        )
        for day, tally in found.days.items()
    }


def by_hand(chatbot_id: UUID) -> dict[date, tuple[int, ...]]:
    """Count each day's messages one by one."""
    days: dict[date, list[Message]] = {}
    for answer in db.session.scalars(
        select(Message).filter_by(chatbot_id=chatbot_id, role="chatbot", superseded_at=None)
    ):
        days.setdefault(answer.created_at.date(), []).append(answer)
    visitor = dict(db.session.execute(select(Conversation.id, Conversation.visitor_id)).all())
    place = dict(db.session.execute(select(Message.id, Message.position)).all())
    year = insights.named("12m")
    return {
        day: (
            len(answers),
            sum(one.finish_reason == "stop" for one in answers),
            sum(one.finish_reason in {"refused", "near"} for one in answers),
            sum(one.status == "failed" for one in answers),
            sum(one.rating == "up" for one in answers),
            len({visitor[one.conversation_id] for one in answers}),
            sum(place[one.question_id] == 1 for one in answers),
            len(answers),
        )
        for day, answers in days.items()
        if day in year or day in year.before
    }
