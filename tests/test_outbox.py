"""What must be deleted elsewhere is deleted in the end, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from houses import *  # noqa: F403 (fixtures)
from housing import GULLS, PUFFINS, House
from sqlalchemy import update

from ragwidget import chatbots, gemini_keys, jobs, library, outbox
from ragwidget.extensions import db
from ragwidget.library import OriginalsUnreachable
from ragwidget.models import Chatbot, now


def run(house: House) -> None:
    """Run every errand, due or not."""
    house.hurry()
    for errand_id in outbox.due():
        jobs.delete(str(errand_id))


def test_a_chatbot_is_deleted_at_once_and_its_store_as_soon_as_that_can_be(house: House) -> None:
    house.gemini.scenario("undeletable")
    house.add(GULLS)
    house.step()
    store = house.store
    house.remove_chatbot()
    assert db.session.get(Chatbot, house.owner.chatbot_id) is None
    assert originals_of(house) == []

    pauses = []
    for _ in range(12):
        run(house)
        (errand,) = house.deletions()
        pauses.append((errand.next_at - now()) / timedelta(minutes=1))
    assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert "status 500" in (errand.error or "")
    assert [one["name"] for one in house.gemini.stores()] == [store]

    house.gemini.calm()
    run(house)
    assert house.gemini.stores() == []
    assert house.deletions() == []


def originals_of(house: House) -> list[Path]:
    folder = Path(house.app.instance_path) / "originals"
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_gone_already_is_deleted(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    service = jobs.stores.service_for(house.owner.organization_id)
    (name,) = (document.name for document in house.documents(source_id))
    assert service is not None
    assert name is not None
    service.delete_document(name)
    house.remove(source_id)
    service.delete_store(house.store)
    house.remove_chatbot()

    run(house)
    assert house.deletions() == []


def test_a_network_that_is_down_delays_nothing_but_the_deletion(shed: House) -> None:
    source_id = shed.add(GULLS)
    shed.work()
    there = shed.app.config["GEMINI_BASE_URL"]
    shed.app.config["GEMINI_BASE_URL"] = "http://127.0.0.1:9"  # nobody listens there
    shed.remove(source_id)
    run(shed)
    (errand,) = shed.deletions()
    assert "can't reach Gemini" in (errand.error or "")

    shed.app.config["GEMINI_BASE_URL"] = there
    run(shed)
    assert "notes.md" not in shed.held()
    assert shed.deletions() == []


def test_without_a_key_it_is_kept_and_tried_daily(shed: House) -> None:
    source_id = shed.add(GULLS)
    shed.work()
    shed.remove(source_id)
    shed.app.config["GEMINI_API_KEY"] = ""
    run(shed)
    (errand,) = shed.deletions()
    assert errand.error == jobs.deleting.NO_KEY
    assert errand.next_at - now() > timedelta(hours=23)

    shed.app.config["GEMINI_API_KEY"] = "no-key-that-the-service-knows"
    run(shed)
    (errand,) = shed.deletions()
    assert "API key" in (errand.error or "")
    assert errand.next_at - now() > timedelta(hours=23)

    shed.app.config["GEMINI_API_KEY"] = shed.gemini.key
    run(shed)
    assert shed.deletions() == []


def test_it_is_deleted_with_the_key_that_it_was_made_with_although_nobody_has_that_any_more(
    local: House,
) -> None:
    organization_id = local.owner.organization_id
    gemini_keys.keep(organization_id, "emulator-key-of-alice-herself")
    local.move_to_gemini()
    local.remove_chatbot()
    gemini_keys.forget(organization_id)

    (errand,) = local.deletions()
    assert "emulator-key" not in (errand.sealed_key or "")
    run(local)
    assert local.gemini.stores() == []
    assert local.deletions() == []


def test_bobs_key_can_not_touch_what_is_alices(house: House) -> None:
    bob = House(house.app, house.gemini, "bob@example.org")
    gemini_keys.keep(bob.owner.organization_id, "emulator-key-of-bob-himself")
    sealed = gemini_keys.sealed_key(house.app, bob.owner.organization_id)
    document = house.documents()[0].name
    assert document is not None

    for kind, name in (("store", house.store), ("document", document)):
        # even if a row of ours told him to
        outbox.put(db.session(), kind, name, bob.owner.organization_id, sealed)
    db.session.commit()
    run(house)
    assert len(house.deletions()) == 2  # they are needed
    db.session.execute(update(Chatbot).values(store=None))
    library.documents.drop(db.session(), house.owner.chatbot_id)
    db.session.commit()
    run(house)

    (held,) = house.gemini.stores()
    assert len(held["documents"]) == 1


def test_what_is_still_in_use_is_not_deleted(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    original = house.source(source_id).original
    document = house.documents(source_id)[0].name
    assert document is not None
    assert original is not None
    for kind, name in (("store", house.store), ("document", document), ("original", original)):
        outbox.put(db.session(), kind, name, house.owner.organization_id)
    db.session.commit()
    run(house)

    assert {errand.error for errand in house.deletions()} == {jobs.deleting.NEEDED}
    assert "notes.md" in house.held()
    with house.app.extensions["originals"].opened(original) as path:
        assert path.read_text() == GULLS


class Away:
    """A storage that can't be reached for a while."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(house.app.extensions["originals"], "forget", self.forget)

    def forget(self, key: str) -> None:
        raise OriginalsUnreachable(f"no way to {key}")


def test_an_original_that_is_out_of_reach_is_forgotten_later(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = local.add(GULLS, "1.md"), local.add(PUFFINS, "2.md")
    with monkeypatch.context() as patch:
        Away(local, patch)
        local.remove(first)
        assert len(local.deletions()) == 1
        local.remove_chatbot()
        run(local)
        assert {"no way to" in (one.error or "") for one in local.deletions()} == {True}
    assert len(originals_of(local)) == 2
    assert second

    run(local)
    assert originals_of(local) == []
    assert local.deletions() == []


def test_what_is_refused_is_forgotten_even_while_the_storage_is_away(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.add(GULLS)
    with monkeypatch.context() as patch:
        Away(local, patch)
        with pytest.raises(library.adding.AlreadyThere):
            local.add(GULLS, "twice.md")
    assert len(originals_of(local)) == 2
    run(local)
    assert len(originals_of(local)) == 1


def test_an_earlier_original_waits_for_its_last_readers(local: House) -> None:
    source_id = local.add(GULLS)
    local.replace(source_id, PUFFINS)
    (errand,) = local.deletions()
    assert errand.next_at - now() > timedelta(minutes=50)
    assert len(originals_of(local)) == 2
    run(local)
    assert [path.read_text() for path in originals_of(local)] == [PUFFINS]


def test_only_one_worker_has_an_errand(local: House) -> None:
    outbox.put(db.session(), "original", f"{uuid4().hex}/{uuid4().hex}", uuid4())
    db.session.commit()
    (errand_id,) = outbox.due()
    assert outbox.claim(errand_id) is not None
    assert outbox.claim(errand_id) is None
    assert outbox.due() == []


def test_the_same_thing_is_put_there_once_and_the_better_knowledge_counts(local: House) -> None:
    organization_id = local.owner.organization_id
    name = "fileSearchStores/some-store"
    outbox.put(db.session(), "store", name, organization_id, "sealed", after=timedelta(days=1))
    outbox.put(db.session(), "store", name, organization_id, outbox.UNKNOWN)
    outbox.put(db.session(), "store", name, organization_id, after=timedelta(days=3))
    db.session.commit()

    (errand,) = local.deletions()
    assert errand.sealed_key == "sealed"
    assert errand.next_at <= now()


def test_an_errand_survives_a_fault_of_ours(local: House, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox.put(db.session(), "store", "fileSearchStores/some-store", uuid4())
    db.session.commit()
    with monkeypatch.context() as patch:
        patch.setattr(jobs.deleting.gemini_keys, "gemini_with", lambda *_: 1 / 0)
        run(local)
    (errand,) = local.deletions()
    assert "ZeroDivisionError" in (errand.error or "")
    run(local)
    assert local.deletions() == []


def test_errands_are_found_by_the_sweep_and_run_by_a_worker(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    house.remove(source_id)
    jobs.sweep()
    queue = house.app.extensions["huey"]
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
    assert "notes.md" not in house.held()
    assert house.deletions() == []


def test_strictly_nothing_is_said_from_a_source_that_the_service_will_not_let_go(
    shed: House,
) -> None:
    chatbots.change(shed.chatbot, mode="strict")
    puffins = shed.add(PUFFINS)
    jobs.read_source(str(puffins))
    shed.work()
    asked = "When are the puffins fed?"
    assert "dawn" in shed.visitor.ask(asked).answer

    shed.gemini.scenario("undeletable", on="document")
    shed.remove(puffins)
    shed.work()
    reply = shed.visitor.ask(asked)

    assert shed.held()["notes.md"] == "STATE_ACTIVE"
    assert "dawn" not in reply.answer
    assert reply.last["message"]["finish_reason"] == "refused"
