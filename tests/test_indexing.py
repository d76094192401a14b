"""Sources on their way into a chatbot's File Search store, and out of it again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fpdf import FPDF
from houses import *  # noqa: F403 (fixtures)
from housing import GULLS, MOST, PUFFINS, House

from ragwidget import jobs, library
from ragwidget.library.adding import AlreadyThere
from ragwidget.library.contents import content_of
from ragwidget.library.replacing import NotAFile
from ragwidget.library.standings import EARLIER, STILL_EARLIER
from ragwidget.models import Source


def test_it_brings_a_file_into_the_store_step_by_step(house: House) -> None:
    source_id = house.add(GULLS, "Möwen.md")
    assert house.standing(source_id).words == "Waiting"

    house.step()
    assert house.standing(source_id).words == "Gemini is indexing it"
    assert house.held()["Möwen.md"] == "STATE_PENDING"

    house.step()
    assert house.standing(source_id).state == "indexing"

    house.step()
    assert house.standing(source_id) == library.Standing("ready", 100, "Ready")
    assert house.held()["Möwen.md"] == "STATE_ACTIVE"
    document = next(
        one for one in house.gemini.documents(house.store) if one["displayName"] == "Möwen.md"
    )
    assert document["mimeType"] == "text/markdown"
    assert document["metadata"] == {
        "source_id": str(source_id),
        "content_hash": house.source(source_id).content_hash,
    }


def test_it_names_the_store_after_the_chatbot_and_remembers_its_key(shed: House) -> None:
    (store,) = shed.gemini.stores()
    called = f"Alice's bicycles {shed.owner.chatbot_id.hex[-8:]}-"
    assert re.fullmatch(f"{called}[0-9a-f]{{6}}", store["displayName"])
    assert shed.chatbot.store_key == store_key(shed)


def store_key(house: House) -> str | None:
    return jobs.stores.key_in_force(house.owner.organization_id)


def test_it_gives_texts_and_pairs_a_head_that_says_where_they_are_from(shed: House) -> None:
    text = Source(kind="page", title="Opening\nhours", url="https://a.example/hours", text="Nine.")
    pair = Source(kind="qa", title="When?", question="When is\nit open?", text="At *nine*.")

    spelled = content_of(text)
    assert spelled is not None
    assert spelled.text == "Title: Opening hours\nAddress: https://a.example/hours\n\nNine."
    asked = content_of(pair)
    assert asked is not None
    assert asked.text == "Question: When is it open?\nAnswer: At *nine*."

    source = library.add_qa(shed.chatbot, "When is it open?", "At *nine*.", most=MOST)
    shed.work()
    held = {one["displayName"]: one for one in shed.gemini.documents(shed.store)}
    assert held["When is it open?"]["mimeType"] == "text/plain"
    assert int(held["When is it open?"]["sizeBytes"]) == asked.size_bytes
    assert shed.standing(source.id).state == "ready"


def test_the_same_content_is_uploaded_once(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    before = house.uploads()

    with pytest.raises(AlreadyThere):
        house.add(GULLS, "another name.md")
    library.read_again(house.source(source_id))
    house.work()
    house.replace(source_id, GULLS, "renamed.md")
    house.work()

    assert house.uploads() == before
    assert house.standing(source_id).state == "ready"
    assert house.source(source_id).title == "renamed.md"


def test_a_changed_file_takes_the_earlier_ones_place_without_a_gap(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    earlier = house.source(source_id).original
    house.replace(source_id, PUFFINS, "puffins.md")

    seen = []
    for _ in range(4):
        house.step()
        held = house.held()
        seen.append((held.get("notes.md"), held.get("puffins.md"), len(house.documents(source_id))))
        if len(house.documents(source_id)) == 2:
            assert house.standing(source_id).note == EARLIER

    assert seen[0] == ("STATE_ACTIVE", "STATE_PENDING", 2)
    assert seen[-1] == ("STATE_ACTIVE", "STATE_ACTIVE", 1)  # the earlier one is on the outbox
    assert {(one.kind, one.name == earlier) for one in house.deletions()} == {
        ("document", False),
        ("original", True),
    }
    house.work()
    assert "notes.md" not in house.held()
    assert house.held()["puffins.md"] == "STATE_ACTIVE"
    assert house.deletions() == []
    jobs.work_off()
    assert "dawn" in library.passages_of(source_id)[0].text


def test_a_file_that_is_replaced_again_at_once_ends_as_the_last_one(house: House) -> None:
    source_id = house.add(GULLS)
    house.step()
    house.replace(source_id, PUFFINS, "second.md")
    house.step()
    house.replace(source_id, "Terns are fed never.", "third.md")
    house.work()

    assert len(house.documents(source_id)) == 1
    assert {name for name in house.held() if name.endswith(".md")} == {"third.md"}

    before = house.uploads()
    house.replace(source_id, GULLS, "back.md")
    house.step()
    house.replace(source_id, "Terns are fed never.", "third.md")
    house.work()
    assert house.uploads() == before + 1  # the third is there already
    assert len(house.documents(source_id)) == 1
    assert {name for name in house.held() if name.endswith(".md")} == {"third.md"}
    assert house.deletions() == []


def test_a_changed_file_that_fails_leaves_the_earlier_one_answering(house: House) -> None:
    source_id = house.add(GULLS)
    house.work()
    house.gemini.scenario("operation_error", message="Failed to count tokens.")
    house.replace(source_id, PUFFINS, "puffins.md")
    house.work()

    shown = house.standing(source_id)
    assert (shown.state, shown.can_retry) == ("failed", True)
    assert "Failed to count tokens." in (shown.error or "")
    assert shown.note == STILL_EARLIER
    assert house.held()["notes.md"] == "STATE_ACTIVE"
    assert "puffins.md" not in house.held()  # what failed is cleared away

    house.gemini.calm()
    library.read_again(house.source(source_id))
    house.work()
    assert house.standing(source_id).state == "ready"
    assert "notes.md" not in house.held()


def test_only_a_file_can_be_replaced_and_only_by_something_new(house: House) -> None:
    other = house.add(PUFFINS, "puffins.md")
    source_id = house.add(GULLS)
    kept = sum(path.is_file() for path in originals_of(house).rglob("*"))

    with pytest.raises(AlreadyThere, match=r"puffins\.md"):
        house.replace(source_id, PUFFINS)
    with pytest.raises(NotAFile):
        house.replace(house.owner.source_id, GULLS)

    assert house.source(source_id).title == "notes.md"
    assert house.source(other).title == "puffins.md"
    assert sum(path.is_file() for path in originals_of(house).rglob("*")) == kept


def originals_of(house: House) -> Path:
    return Path(house.app.instance_path) / "originals"


def test_a_reader_of_the_earlier_file_can_not_shelve_it_any_more(house: House) -> None:
    source_id = house.add(GULLS)
    reader = library.claim(source_id)
    assert reader is not None
    house.replace(source_id, PUFFINS)
    other = library.claim(source_id)
    assert other is not None

    assert not library.advance(reader, 50)
    assert not library.shelve(reader, [], format="text", page_count=None)


def test_what_only_gemini_can_read_is_uploaded_with_a_note(shed: House) -> None:
    scan = FPDF()
    scan.add_page()
    source = shed.add_bytes(bytes(scan.output()), "scan")  # its content says what it is
    jobs.work_off()
    shed.work()

    assert shed.source(source).state == "failed"
    shown = shed.standing(source)
    assert shown.state == "ready"
    assert shown.note.startswith("The embedded engine can't read it: ")
    held = {one["displayName"]: one["mimeType"] for one in shed.gemini.documents(shed.store)}
    assert held["scan"] == "application/pdf"
    assert source in {found[0] for found in library.titles(shed.owner.chatbot_id)}
    assert library.counts([shed.owner.chatbot_id])[shed.owner.chatbot_id] == {"ready": 2}
    with pytest.raises(AlreadyThere):
        shed.add_bytes(bytes(scan.output()), "the same scan.pdf")


def test_a_source_that_is_removed_is_gone_from_the_store_soon(house: House) -> None:
    ready, indexed, waiting = (house.add(f"{GULLS}{n}", f"{n}.md") for n in range(3))
    for document in house.documents(ready):
        jobs.index_document(str(document.id))
    house.step()
    house.step()
    assert house.standing(ready).state == "ready"
    for source_id in (ready, indexed, waiting):
        house.remove(source_id)

    assert len(house.documents()) == 1
    house.work()
    assert len(house.held()) == 1
    assert house.deletions() == []


def test_a_chatbot_that_answers_locally_has_no_documents(local: House) -> None:
    source_id = local.add(GULLS)
    jobs.work_off()
    assert local.documents() == []
    assert local.standing(source_id) == library.Standing("ready", 100, "Ready")
    assert local.gemini.requests() == []
