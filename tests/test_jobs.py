"""Reading in the background: leases, crashes, deletions in the middle, and nothing forgotten."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cast import Owner, Visitor
from flask import Flask
from sqlalchemy import func, select, update

from ragwidget import jobs, library
from ragwidget.errors import InvalidInput, TooMuch
from ragwidget.extensions import db
from ragwidget.jobs import reading
from ragwidget.library import OriginalsUnreachable
from ragwidget.library.adding import AlreadyThere, TooManySources
from ragwidget.library.readings import CRASHED, MOST_ATTEMPTS
from ragwidget.models import Chatbot, Passage, Source, now

ROOT = Path(__file__).parents[1]
TEXT = "The lighthouse keeper feeds the gulls at dusk.\n"


@pytest.fixture
def chatbot(app: Flask, alice: Owner) -> Chatbot:
    with app.app_context():
        return db.session.get_one(Chatbot, alice.chatbot_id)


def add(app: Flask, chatbot: Chatbot, text: str = TEXT, name: str = "gulls.md") -> Source:
    return library.add_file(
        chatbot,
        name,
        io.BytesIO(text.encode()),
        app.extensions["originals"],
        most_bytes=10_000,
        most=100,
    )


def fresh(source: Source) -> Source:
    db.session.expire_all()
    return db.session.get_one(Source, source.id, populate_existing=True)


def age_lease(source: Source) -> None:
    """Let a source look as if its reader had died a minute ago."""
    db.session.execute(
        update(Source)
        .where(Source.id == source.id)
        .values(lease_until=now() - timedelta(seconds=1))
    )
    db.session.commit()


def test_it_reads_what_waits_and_answers_from_it(
    app: Flask, chatbot: Chatbot, victor: Visitor
) -> None:
    with app.app_context():
        source = add(app, chatbot)
        assert (source.state, source.progress) == ("waiting", 0)
        assert jobs.work_off() == 1
        read = fresh(source)
        assert (read.state, read.progress, read.passage_count) == ("ready", 100, 1)
        assert read.read_at is not None
        assert read.error is None

    assert "feeds the gulls at dusk" in victor.ask("When are the gulls fed?").answer


def test_it_keeps_the_reason_why_something_cannot_be_read(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot, "%PDF-1.7\nnot really", "report.pdf")
        jobs.work_off()
        failed = fresh(source)
        assert failed.state == "failed"
        assert re.fullmatch(r"[A-Z].*\.", failed.error or "")
        assert failed.passage_count == 0

        library.read_again(failed)
        assert (fresh(source).state, fresh(source).attempts) == ("waiting", 0)


def test_it_lets_only_one_reader_have_a_source(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot)
        mine = library.claim(source.id)
        assert mine is not None
        assert library.claim(source.id) is None
        assert library.due() == []


def test_it_gives_a_dead_readers_source_to_another_and_hears_no_more_of_the_first(
    app: Flask, chatbot: Chatbot
) -> None:
    with app.app_context():
        source = add(app, chatbot)
        dead = library.claim(source.id)
        assert dead is not None
        age_lease(source)
        assert library.due() == [source.id]
        jobs.read_source(str(source.id))
        assert fresh(source).state == "ready"

        assert not library.advance(dead, 50)
        assert not library.shelve(dead, [], format="text", page_count=None)
        library.fail(dead, "late", "Too late.")
        assert fresh(source).state == "ready"
        assert fresh(source).passage_count == 1


def test_it_gives_up_on_what_takes_its_readers_down(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot)
        for _ in range(MOST_ATTEMPTS):
            assert library.claim(source.id) is not None
            age_lease(source)
        assert library.claim(source.id) is None
        assert library.due() == []

        assert (fresh(source).state, fresh(source).error_code) == ("failed", CRASHED[0])


def test_it_minds_nothing_when_a_source_is_deleted_while_it_is_read(
    app: Flask, chatbot: Chatbot
) -> None:
    originals = app.extensions["originals"]
    with app.app_context():
        source = add(app, chatbot)
        claimed = library.claim(source.id)
        assert claimed is not None
        assert claimed.original is not None
        with originals.opened(claimed.original) as path:
            assert path.read_text() == TEXT
        library.remove(fresh(source), originals)

        assert not path.exists()
        assert not library.shelve(claimed, [], format="text", page_count=None)
        assert db.session.scalar(select(func.count()).where(Source.id == source.id)) == 0


def test_it_stops_reading_what_is_deleted_meanwhile(
    app: Flask, chatbot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []

    def read_slowly(
        _path: Path, _title: str, _limits: object, tell: Callable[[int, int], None]
    ) -> None:
        library.remove(fresh(source), app.extensions["originals"])
        for page in range(500):
            time.sleep(0.02)
            tell(page, 500)
            pages.append(page)

    monkeypatch.setattr(reading, "RENEW_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(reading, "read_file", read_slowly)
    with app.app_context():
        source = add(app, chatbot)
        jobs.work_off()
    assert len(pages) < 499


def test_it_forgets_the_passages_of_a_deleted_source_and_no_others(
    app: Flask, chatbot: Chatbot, victor: Visitor
) -> None:
    with app.app_context():
        source = add(app, chatbot)
        jobs.work_off()
        before = db.session.scalar(select(func.count()).select_from(Passage))
        library.remove(fresh(source), app.extensions["originals"])
        after = db.session.scalar(select(func.count()).select_from(Passage))
        assert (before or 0) - (after or 0) == 1

    assert "gulls" not in victor.ask("When are the gulls fed?").answer
    assert "nine" in victor.ask("When does the shop open?").answer


def test_it_refuses_what_is_empty_too_large_there_already_or_one_too_many(
    app: Flask, chatbot: Chatbot
) -> None:
    with app.app_context():
        add(app, chatbot)
        with pytest.raises(AlreadyThere, match=r"gulls\.md"):
            add(app, chatbot, name="another name.md")
        with pytest.raises(InvalidInput, match="empty"):
            add(app, chatbot, "")
        with pytest.raises(TooMuch, match="larger"):
            add(app, chatbot, "x" * 10_001)
        with pytest.raises(TooManySources):
            library.add_text(chatbot, "One more", "text", most=2)

        kept = list((Path(app.instance_path) / "originals").rglob("*"))
        assert len([path for path in kept if path.is_file()]) == 1  # nothing of the refused


def test_it_never_lets_an_owners_name_into_a_path(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot, name="../../../etc/cron.d/evil\x00.md")
        assert source.title == "evil.md"
        assert re.fullmatch(f"{chatbot.organization_id.hex}/[0-9a-f]{{32}}", source.original)


def test_it_reads_in_a_worker_of_its_own_and_stops_when_told(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot)
    worker = jobs.start_worker(app)
    try:
        with app.app_context():
            for _ in range(100):
                if fresh(source).state == "ready":
                    break
                db.session.remove()
                time.sleep(0.05)
            assert fresh(source).state == "ready"

            second = add(app, chatbot, "Gulls sleep standing on one leg.", "sleep.txt")
            jobs.wake(second.id)
            for _ in range(100):
                if fresh(second).state == "ready":
                    break
                db.session.remove()
                time.sleep(0.05)
            assert fresh(second).state == "ready"
    finally:
        worker.stop(graceful=True)


def test_it_loses_nothing_when_the_queue_is_away(
    app: Flask, chatbot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise ConnectionError("the queue is away")

    monkeypatch.setitem(app.extensions, "wake", away)
    with app.app_context():
        source = add(app, chatbot)
        jobs.wake(source.id)

        assert library.due() == [source.id]


WORKER = """
import sys, time
from ragwidget.app import create_app
from ragwidget import jobs
from ragwidget.ingest import sandbox
slow = sandbox.extract
def extract(*arguments):
    print("reading", flush=True)
    time.sleep(float(sys.argv[2]))
    return slow(*arguments)
sandbox.extract = extract
app = create_app(SECRET_KEY="x" * 32, INSTANCE=sys.argv[1], DATABASE_URL=sys.argv[3])
jobs.start_worker(app)
print("started", flush=True)
time.sleep(60)
"""


def test_it_reads_again_after_its_worker_was_killed(
    app: Flask, chatbot: Chatbot, tmp_path: Path
) -> None:
    """`kill -9` in the middle of a reading, then a new worker."""
    with app.app_context():
        source = add(app, chatbot)
    killed = _worker(app, seconds=30)
    try:
        _hear(killed, "reading")
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        _let_go(killed)
    with app.app_context():
        assert fresh(source).state == "reading"
        age_lease(source)
        db.session.remove()

    again = _worker(app, seconds=0)
    try:
        _hear(again, "reading")
        with app.app_context():
            for _ in range(200):
                if fresh(source).state == "ready":
                    break
                db.session.remove()
                time.sleep(0.05)
            assert (fresh(source).state, fresh(source).attempts) == ("ready", 2)
            assert fresh(source).passage_count == 1
    finally:
        again.kill()
        _let_go(again)


def _worker(app: Flask, seconds: float) -> subprocess.Popen[str]:
    url = app.config["DATABASE_URL"]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, app.config["INSTANCE"], str(seconds), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


def _let_go(process: subprocess.Popen[str]) -> None:
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _hear(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"never heard {word!r}")


def test_it_says_how_to_reach_a_human_when_reading_fails_on_our_side(
    app: Flask, chatbot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(reading, "read_file", broken)
    with app.app_context():
        source = add(app, chatbot)
        jobs.work_off()

        assert fresh(source).error_code == "internal"
        assert "fault of ours" not in (fresh(source).error or "")


def test_a_storage_that_is_away_costs_a_source_no_attempt(
    app: Flask, chatbot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise OriginalsUnreachable("no way")

    with app.app_context():
        source = add(app, chatbot)
        with monkeypatch.context() as patch:
            patch.setattr(app.extensions["originals"], "opened", away)
            assert jobs.work_off() == 1
        put_off = fresh(source)
        assert (put_off.state, put_off.attempts, put_off.error) == ("waiting", 0, None)
        assert library.due() == []  # not now

        age_lease(source)
        assert jobs.work_off() == 1
        assert fresh(source).state == "ready"


def test_it_says_when_a_file_is_in_the_storage_no_more(app: Flask, chatbot: Chatbot) -> None:
    with app.app_context():
        source = add(app, chatbot)
        app.extensions["originals"].forget(source.original)
        jobs.work_off()
        assert "add the file again" in (fresh(source).error or "")


def test_it_answers_a_pair_word_for_word(app: Flask, chatbot: Chatbot, victor: Visitor) -> None:
    words = "By train, line 7, to the last stop.  Then walk *east*."
    with app.app_context():
        library.add_qa(chatbot, "How do I get to the lighthouse?", words, most=100)
        jobs.work_off()

    reply = victor.ask("how do i get to the lighthouse")
    assert reply.answer == words
    assert [ref["kind"] for ref in reply.events[-2][2]["sources"]] == ["qa"]
    assert json.dumps(reply.last)


MakeApp = Callable[..., Flask]


def test_it_queues_on_postgresql_and_on_a_real_valkey(
    make_house: MakeApp, postgresql: Any, valkey: str
) -> None:
    for url in (postgresql.copy(), valkey):
        app = make_house(QUEUE_URL=url)
        with app.app_context():
            jobs.wake(UUID(int=7))
            assert app.extensions["huey"].pending_count() == 1
            assert app.extensions["huey"].dequeue() is not None
            app.extensions["huey"].storage.close()
