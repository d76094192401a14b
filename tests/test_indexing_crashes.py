"""Processes that die, race and come late while sources are brought to a store: nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from houses import *  # noqa: F403 (fixtures)
from housing import GULLS, PUFFINS, House
from sqlalchemy import update

from ragwidget import chatbots, jobs, library, outbox
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini
from ragwidget.extensions import db
from ragwidget.library import agenda, uploads
from ragwidget.models import Chatbot

ROOT = Path(__file__).parents[1]
WORKER = """
import json, sys, time
from ragwidget.app import create_app
from ragwidget import jobs
from ragwidget.engines.gemini import Gemini
def halt(name):
    work = getattr(Gemini, name)
    def run(*given, **named):
        result = work(*given, **named)
        print(name, flush=True)
        time.sleep(60)
        return result
    setattr(Gemini, name, run)
if sys.argv[2]:
    halt(sys.argv[2])
jobs.start_worker(create_app(**json.loads(sys.argv[1])))
time.sleep(60)
"""


class Worker:
    """A worker in a process of its own, that halts after it has done one thing at the service."""

    def __init__(self, house: House, halt: str = "") -> None:
        names = ("SECRET_KEY", "INSTANCE", "DATABASE_URL", "GEMINI_API_KEY", "GEMINI_BASE_URL")
        settings = {name: house.app.config[name] for name in names}
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, json.dumps(settings), halt],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )

    def hear(self, word: str) -> None:
        """Wait until it halts."""
        assert self._process.stdout is not None
        assert any(line.strip() == word for line in self._process.stdout), f"never heard {word}"

    def kill(self) -> None:
        """End it as a machine does that loses power."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def test_whenever_its_worker_is_killed_a_document_gets_ready_once(local: House) -> None:
    """`kill -9` in turn with the store just made, with the file just there, and in a look."""
    db.session.execute(
        update(Chatbot).where(Chatbot.id == local.owner.chatbot_id).values(next_engine="gemini")
    )
    db.session.commit()
    states = []
    for halt in ("create_store", "upload", "document_state"):
        worker = Worker(local, halt)
        try:
            worker.hear(halt)
        finally:
            worker.kill()
        states.append(local.documents()[0].state)
        local.die()
    assert states == ["uploading", "uploading", "indexing"]

    worker = Worker(local)
    try:
        patience = time.monotonic() + 30
        while local.engine != ("gemini", None):
            assert time.monotonic() < patience, local.documents()[0].state
            time.sleep(0.1)
    finally:
        worker.kill()
    assert local.uploads() == 1
    assert list(local.held().values()) == ["STATE_ACTIVE"]
    assert [store["name"] for store in local.gemini.stores()] == [local.store]


def test_of_what_dead_makers_of_stores_left_one_is_used_and_the_rest_is_deleted(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = jobs.stores.service_for(local.owner.organization_id)
    assert service is not None
    begin_change(local)
    library.documents.want_missing(local.owner.chatbot_id)
    with monkeypatch.context() as patch:
        patch.setattr(Gemini, "find_stores", lambda *_: [])  # they are listed late
        patch.setattr(chatbots, "keep_store", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                local.step()
            local.die()
    first, second = (store["name"] for store in local.gemini.stores())
    called = local.gemini.stores()[0]["displayName"]
    others = {
        service.create_store(called[:-1] + "~"),  # of a copy of this installation
        *(service.create_store(f"Somebody's {number}") for number in range(25)),
    }

    local.work()

    assert local.engine == ("gemini", None)
    assert local.store == second
    assert {store["name"] for store in local.gemini.stores()} == {second, *others}
    assert first != second
    assert local.deletions() == []


def test_a_store_that_is_to_be_deleted_is_not_used_again(house: House) -> None:
    first = house.store
    house.gemini.scenario("undeletable")
    chatbots.change_engine(house.chatbot, "local")
    assert house.engine == ("local", None)

    house.move_to_gemini()

    assert house.store != first
    house.gemini.calm()
    house.hurry()
    for errand_id in outbox.due():
        jobs.delete(str(errand_id))
    assert [store["name"] for store in house.gemini.stores()] == [house.store]


def test_stores_that_can_not_be_listed_keep_nobody_from_making_one(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[str]:
        raise ServiceFailed("engine_down", "Not now.")

    monkeypatch.setattr(Gemini, "find_stores", fail)
    local.move_to_gemini()
    assert [store["name"] for store in local.gemini.stores()] == [local.store]


def test_a_copy_of_the_installation_calls_its_stores_otherwise(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = claim_of(local)
    called = jobs.stores.display_name(claimed)
    assert called == jobs.stores.display_name(claimed)
    for name in ("SECRET_KEY", "DATABASE_URL"):
        with monkeypatch.context() as patch:
            patch.setitem(local.app.config, name, "another")
            assert jobs.stores.display_name(claimed) != called


def begin_change(house: House) -> None:
    mine = Chatbot.id == house.owner.chatbot_id
    db.session.execute(update(Chatbot).where(mine).values(next_engine="gemini"))
    db.session.commit()


def claim_of(house: House) -> uploads.Claim:
    begin_change(house)
    library.documents.want_missing(house.owner.chatbot_id)
    claimed = uploads.claim(house.documents()[0].id)
    assert claimed is not None
    return claimed


def test_it_goes_on_with_what_a_dead_uploader_left_in_the_store(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = house.add(GULLS)
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "uploaded", killed)
        with pytest.raises(KeyboardInterrupt):
            house.step()
    assert house.standing(source_id).words == "Uploading to Gemini"
    assert "notes.md" in house.held()
    before = house.uploads()

    jobs.work_off()
    assert house.standing(source_id).state == "uploading"  # its lease is alive
    house.die()
    house.work()

    assert house.uploads() == before
    assert house.standing(source_id).state == "ready"
    assert list(house.held()).count("notes.md") == 1


def killed(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_it_gives_up_what_takes_its_uploaders_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = house.add(GULLS)
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "uploaded", killed)
        for _ in range(agenda.MOST_ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                house.step()
            house.die()
    house.work()

    shown = house.standing(source_id)
    assert (shown.state, shown.error) == ("failed", agenda.CRASHED[1])
    assert "notes.md" not in house.held()  # cleared away, although no row knew its name


def test_only_one_uploader_has_a_document_and_a_late_one_changes_nothing(house: House) -> None:
    source_id = house.add(GULLS)
    document_id = house.documents(source_id)[0].id
    dead = uploads.claim(document_id)
    assert dead is not None
    assert uploads.claim(document_id) is None
    house.die()
    living = uploads.claim(document_id)
    assert living is not None
    assert living.unclear
    assert not dead.unclear

    assert not uploads.renew(dead)
    assert not uploads.uploaded(dead, house.store, f"{house.store}/documents/late", None)
    uploads.fail(dead, "late", "Too late.")
    assert house.documents(source_id)[0].state == "uploading"
    assert uploads.renew(living)


def test_an_uploader_to_an_earlier_store_is_not_believed(house: House) -> None:
    (document,) = house.documents()
    first = house.store
    chatbots.lose_store(house.owner.chatbot_id, first)
    slow = uploads.claim(document.id)
    assert slow is not None
    chatbots.keep_store(house.owner.chatbot_id, "fileSearchStores/second", None)
    chatbots.lose_store(house.owner.chatbot_id, "fileSearchStores/second")
    quick = uploads.claim(document.id)
    assert quick is not None
    assert quick.attempt == slow.attempt
    chatbots.keep_store(house.owner.chatbot_id, "fileSearchStores/third", None)

    assert not uploads.uploaded(slow, "fileSearchStores/second", "…/documents/a", None)
    assert uploads.uploaded(quick, "fileSearchStores/third", "…/documents/b", None)


def test_what_an_uploader_brings_who_was_taken_for_dead_goes_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = house.add(GULLS)
    (document,) = house.documents(source_id)
    finish = uploads.uploaded

    def too_late(claimed: uploads.Claim, *rest: str) -> bool:
        monkeypatch.setattr(uploads, "uploaded", finish)
        monkeypatch.setattr(uploads, "adoptable", lambda *_: (None, []))  # it saw nothing yet
        house.die()
        jobs.index_document(str(document.id))
        return finish(claimed, *rest)

    monkeypatch.setattr(uploads, "uploaded", too_late)
    jobs.index_document(str(document.id))
    held = house.gemini.documents(house.store)
    assert [one["displayName"] for one in held].count("notes.md") == 2
    house.work()
    held = house.gemini.documents(house.store)
    assert [one["displayName"] for one in held].count("notes.md") == 1
    assert house.standing(source_id).state == "ready"


def test_a_source_that_is_removed_while_it_is_uploaded_leaves_nothing_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, dead = house.add(GULLS, "taken.md"), house.add(PUFFINS, "dead.md")
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "uploaded", killed)
        with pytest.raises(KeyboardInterrupt):
            jobs.index_document(str(house.documents(dead)[0].id))
    house.remove(dead)

    def remove_first(claimed: uploads.Claim, *rest: object) -> bool:
        house.remove(claimed.source_id)
        return kept(claimed, *rest)  # type: ignore[arg-type]

    kept = uploads.uploaded
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "uploaded", remove_first)
        jobs.index_document(str(house.documents(taken)[0].id))

    assert {"taken.md", "dead.md"} <= set(house.held())
    house.work()
    assert len(house.held()) == 1
    assert house.deletions() == []


def test_two_workers_at_once_make_one_store_and_one_document(local: House) -> None:
    for number in range(3):
        local.add(f"{GULLS}{number}", f"{number}.md")
    mine = Chatbot.id == local.owner.chatbot_id
    db.session.execute(update(Chatbot).where(mine).values(next_engine="gemini"))
    db.session.commit()
    library.documents.want_missing(local.owner.chatbot_id)
    rows = [str(document.id) for document in local.documents()]
    together = threading.Barrier(2 * len(rows))

    def work(document_id: str) -> None:
        with local.app.app_context():
            together.wait(10)
            jobs.index_document(document_id)

    workers = [threading.Thread(target=work, args=(row,)) for row in rows for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    local.work()
    assert [store["name"] for store in local.gemini.stores()] == [local.store]
    assert len(local.gemini.documents(local.store)) == len(rows)
    assert local.engine == ("gemini", None)
    assert local.deletions() == []


def test_one_chatbots_many_sources_do_not_take_every_place(house: House) -> None:
    for number in range(agenda.AT_ONCE + 4):
        house.add(f"{GULLS}{number}", f"{number}.md")
    assert len(agenda.due()) == agenda.AT_ONCE
    for document_id in agenda.due():
        jobs.index_document(str(document_id))
    assert agenda.next_up(house.owner.chatbot_id) == []
    house.age(5)  # those that take long give way
    assert len(agenda.next_up(house.owner.chatbot_id)) == 4
    house.work(8)
    assert set(house.held().values()) == {"STATE_ACTIVE"}
    assert len(house.held()) == agenda.AT_ONCE + 5
