"""What can go wrong at the service while sources are brought there, and what their owner reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from houses import *  # noqa: F403 (fixtures)
from housing import GULLS, PUFFINS, House
from sqlalchemy import update

from ragwidget import jobs, library
from ragwidget.extensions import db
from ragwidget.library import OriginalsUnreachable, agenda
from ragwidget.models import Chatbot, Document, now


def test_a_type_that_gemini_refuses_is_named_and_not_tried_again(shed: House) -> None:
    source_id = shed.add_bytes(b"GIF89a\x01\x00\x01\x00\x80\x00\x00", "pigeon.gif")
    shed.work()

    shown = shed.standing(source_id)
    assert (shown.state, shown.can_retry) == ("failed", False)
    assert "image/gif" in (shown.error or "")
    assert shed.documents(source_id)[0].attempts == 1


def test_an_overload_is_tried_again_later_and_later(house: House) -> None:
    house.gemini.scenario("overloaded", on="upload_start")
    source_id = house.add(GULLS)
    pauses = []
    for _ in range(agenda.MOST_ATTEMPTS):
        house.hurry()
        jobs.work_off()
        (document,) = house.documents(source_id)
        pauses.append((document.next_at - now()).total_seconds())
        if document.state == "waiting":
            shown = house.standing(source_id)
            assert (shown.words, shown.can_retry) == ("Waiting to try again", True)
            assert "overloaded" in (shown.error or "")

    assert document.state == "failed"
    assert [round(pause, -1) for pause in pauses[:4]] == [20, 60, 180, 540]
    assert sum(pauses[:-1]) < 24 * 3600
    assert house.uploads() == 1 + agenda.MOST_ATTEMPTS  # the first was the chatbot's text

    house.gemini.calm()
    library.read_again(house.source(source_id))
    assert len(house.documents(source_id)) == 1
    house.work()
    assert house.standing(source_id).state == "ready"


def test_it_waits_as_long_as_the_service_asks(shed: House) -> None:
    shed.gemini.scenario("rate_limit", on="upload_start", times=1, retry_seconds=3600)
    source_id = shed.add(GULLS)
    shed.step()

    (document,) = shed.documents(source_id)
    assert document.state == "waiting"
    assert document.next_at - now() > timedelta(minutes=59)

    library.read_again(shed.source(source_id))  # the owner's button does not wait
    shed.step()
    assert shed.documents(source_id)[0].state == "indexing"


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        ("storage_limit", "storage_full", "used up"),
        ("daily_quota", "engine_quota", "quota"),
        ("bad_key", "engine_key", "API key"),
        ("bad_request", "engine_request", "refused"),
    ],
)
def test_what_does_not_pass_is_said_at_once_and_not_tried_again(
    shed: House, trouble: str, code: str, words: str
) -> None:
    shed.gemini.scenario(trouble, on="upload_start")
    source_id = shed.add(GULLS)
    before = shed.uploads()
    shed.work()

    (document,) = shed.documents(source_id)
    assert (document.state, document.error_code) == ("failed", code)
    assert words in (document.error or "")
    assert shed.uploads() == before + 1

    shed.gemini.calm()
    assert shed.standing(source_id).can_retry
    library.read_again(shed.source(source_id))
    shed.work()
    assert shed.standing(source_id).state == "ready"


def test_a_store_that_is_there_and_is_not_is_no_reason_for_a_new_one(shed: House) -> None:
    shed.gemini.scenario("forbidden", on="upload_start")
    source_id = shed.add(GULLS)
    shed.work(agenda.MOST_ATTEMPTS + 1)

    (document,) = shed.documents(source_id)
    assert (document.state, document.attempts) == ("failed", agenda.MOST_ATTEMPTS)
    assert "deleted there, or belongs to another key" in (document.error or "")
    assert [store["name"] for store in shed.gemini.stores()] == [shed.store]


@pytest.mark.parametrize("active", [True, False])
def test_an_operation_that_never_ends_is_judged_by_its_document(shed: House, active: bool) -> None:
    shed.gemini.scenario("never_done", document_active=active)
    source_id = shed.add(GULLS)
    for _ in range(5):
        shed.step()
    assert shed.standing(source_id).state == "indexing"

    shed.age()
    shed.work()
    shown = shed.standing(source_id)
    if active:
        assert shown.state == "ready"
    else:
        assert (shown.state, shown.can_retry) == ("failed", True)
        assert shown.error == jobs.indexing.TIMED_OUT.format(minutes=30)
        assert "notes.md" not in shed.held()


def test_looks_become_rarer_and_no_worker_sleeps(shed: House) -> None:
    shed.gemini.indexing(looks=1000, seconds=None)
    source_id = shed.add(GULLS)
    shed.step()
    pauses = []
    for age in (0, 30, 120, 1000):
        db.session.execute(update(Document).values(begun_at=now() - timedelta(seconds=age)))
        shed.step()
        pauses.append((shed.documents(source_id)[0].next_at - now()).total_seconds())

    assert [round(pause) for pause in pauses] == [2, 10, 40, 60]


@pytest.mark.parametrize("trouble", ["operation_error", "document_failed"])
def test_an_indexing_that_fails_is_told_in_words(shed: House, trouble: str) -> None:
    shed.gemini.scenario(trouble)
    source_id = shed.add(GULLS)
    shed.work()

    shown = shed.standing(source_id)
    assert (shown.state, shown.can_retry) == ("failed", True)
    assert (shown.error or "").startswith(jobs.indexing.NOT_INDEXED)
    assert "notes.md" not in shed.held()


def test_a_look_that_goes_wrong_is_taken_again(shed: House) -> None:
    source_id = shed.add(GULLS)
    shed.step()
    shed.gemini.scenario("overloaded", on="operation", times=3)
    shed.step()
    assert shed.standing(source_id).state == "indexing"
    shed.work()
    assert shed.standing(source_id).state == "ready"


def test_a_store_that_vanished_is_made_anew_while_the_embedded_engine_answers(
    house: House,
) -> None:
    first = house.store
    service = jobs.stores.service_for(house.owner.organization_id)
    assert service is not None
    service.delete_store(first)
    source_id = house.add(GULLS)
    house.step()

    assert house.engine == ("local", "gemini")
    house.work()
    assert house.engine == ("gemini", None)
    assert house.store != first
    assert set(house.held().values()) == {"STATE_ACTIVE"}
    assert len(house.held()) == 2
    assert house.standing(source_id).state == "ready"
    assert house.deletions() == []


def test_a_store_in_doubt_is_looked_after(shed: House) -> None:
    first = shed.store
    jobs.stores.look_after(str(shed.owner.chatbot_id))
    assert shed.store == first
    assert shed.engine == ("gemini", None)

    service = jobs.stores.service_for(shed.owner.organization_id)
    assert service is not None
    service.delete_store(first)
    jobs.stores.look_after(str(shed.owner.chatbot_id))
    shed.work()
    assert shed.store != first
    assert len(shed.held()) == 1


def test_a_document_that_vanished_while_it_was_indexed_is_uploaded_again(shed: House) -> None:
    source_id = shed.add(GULLS)
    shed.step()
    service = jobs.stores.service_for(shed.owner.organization_id)
    name = shed.documents(source_id)[0].name
    assert service is not None
    assert name is not None
    service.delete_document(name)
    shed.gemini.scenario("not_found", on="operation")
    shed.work()

    assert shed.standing(source_id).state == "ready"
    assert shed.documents(source_id)[0].name != name


def test_without_a_key_the_owner_is_told(shed: House) -> None:
    shed.app.config["GEMINI_API_KEY"] = ""
    source_id = shed.add(GULLS)
    shed.work()
    assert shed.standing(source_id).error == jobs.indexing.NO_KEY

    shed.app.config["GEMINI_API_KEY"] = shed.gemini.key
    library.read_again(shed.source(source_id))
    shed.work()
    assert shed.standing(source_id).state == "ready"


def test_a_missing_original_and_a_fault_of_ours_are_told_apart(
    shed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing, faulty = shed.add(GULLS, "missing.md"), shed.add(PUFFINS, "faulty.md")
    original = shed.source(missing).original
    assert original is not None
    shed.app.extensions["originals"].forget(original)
    jobs.index_document(str(shed.documents(missing)[0].id))
    with monkeypatch.context() as patch:
        patch.setattr(jobs.indexing, "_mime_type", lambda *_: 1 / 0)
        jobs.index_document(str(shed.documents(faulty)[0].id))

    assert "add the file again" in (shed.standing(missing).error or "")
    assert shed.standing(faulty).error == jobs.indexing.OUR_FAULT


def test_a_storage_that_is_away_delays_an_upload(
    shed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise OriginalsUnreachable("no way")

    source_id = shed.add(GULLS)
    with monkeypatch.context() as patch:
        patch.setattr(shed.app.extensions["originals"], "opened", away)
        shed.step()
    (document,) = shed.documents(source_id)
    assert (document.state, document.error_code) == ("waiting", "storage_unavailable")
    shed.work()
    assert shed.standing(source_id).state == "ready"


def test_a_document_waits_while_its_store_is_beyond_the_key_and_nobody_can_be_asked(
    shed: House,
) -> None:
    source_id = shed.add(GULLS)
    db.session.execute(update(Chatbot).values(store_key="that of an older key"))
    db.session.commit()
    shed.gemini.scenario("overloaded", on="store")
    shed.step()
    (document,) = shed.documents(source_id)
    assert (document.state, document.error) == ("waiting", jobs.indexing.OTHER_KEY)
    assert document.next_at > now() + timedelta(seconds=10)

    shed.gemini.calm()
    shed.work()
    assert shed.standing(source_id).state == "ready"


def test_it_can_be_told_to_wait_until_all_is_ready(shed: House) -> None:
    shed.gemini.indexing(looks=0, seconds=None)
    source_id = shed.add(GULLS)
    assert jobs.work_off() == 1
    assert shed.standing(source_id).state == "indexing"
    jobs.work_off(patience=10)
    assert shed.standing(source_id).state == "ready"
