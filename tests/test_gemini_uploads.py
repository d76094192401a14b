"""Stores and documents, through the real client: what travels, under which name and type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_room import HOURS, service_of, store_of

from ragwidget.engines.file_search.exchange import Uploaded
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini


@pytest.fixture
def service(gemini: Emulator) -> Iterator[Gemini]:
    """A client of a calm emulator."""
    gemini.calm()
    gemini.forget_requests()
    yield service_of(gemini)
    gemini.calm()


@pytest.fixture
def store(service: Gemini) -> str:
    """An empty store."""
    return service.create_store("Alice's bicycles")


def upload(service: Gemini, store: str, path: Path, **options: Any) -> Uploaded:
    """Upload a file as the source of the opening hours."""
    usual = {"display_name": "Öffnungszeiten 🚲", "source_id": HOURS, "content_hash": "abc"}
    return service.upload(store, path, **(usual | options))


def begun(gemini: Emulator) -> list[dict[str, Any]]:
    """Return the uploads that were begun."""
    return [
        request
        for request in gemini.requests("/upload/")
        if request["headers"].get("x-goog-upload-command") == "start"
    ]


def test_a_file_arrives_with_its_name_and_ours(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "Öffnung 🚲.md"
    path.write_text("# Hours\n\nAt nine.")

    uploaded = upload(service, store, path)

    [start] = begun(gemini)
    assert start["headers"]["x-goog-upload-file-name"] == "source.md"
    assert start["headers"]["x-goog-upload-header-content-type"] == "text/markdown"
    assert "mimeType" not in start["body"]
    [held] = gemini.documents(store)
    assert held["displayName"] == "Öffnungszeiten 🚲"
    assert uploaded.document.startswith(f"{store}/documents/")
    [found] = service.find_documents(store, HOURS)
    assert (found.name, found.content_hash) == (uploaded.document, "abc")
    assert service.find_documents(store, "another") == []


@pytest.mark.parametrize(
    ("name", "mime_type", "sent"),
    [
        ("a.pdf", None, "application/pdf"),
        ("a.PDF", None, "application/pdf"),
        ("upload", "application/pdf", "application/pdf"),
        ("a.bin", "text/html; charset=utf-8", "text/html"),
        ("a.htm", None, "text/html"),
        ("a.markdown", None, "text/markdown"),
        ("a.csv", None, "text/plain"),
        ("a.json", "application/json", "text/plain"),
        ("a.py", None, "text/plain"),
        ("a.yaml", None, "text/plain"),
        ("noname", None, "text/plain"),
        ("a.txt", "text/x-anything", "text/plain"),
        ("a.rtf", None, "text/rtf"),
        (
            "a.docx",
            None,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "upload",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_a_file_is_sent_as_a_type_that_is_taken(
    gemini: Emulator,
    service: Gemini,
    store: str,
    tmp_path: Path,
    name: str,
    mime_type: str | None,
    sent: str,
) -> None:
    path = tmp_path / name
    path.write_text("at nine")

    upload(service, store, path, mime_type=mime_type)

    assert begun(gemini)[0]["headers"]["x-goog-upload-header-content-type"] == sent


def test_a_text_whose_type_is_refused_is_sent_as_plain_text(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    gemini.scenario("mime_refused")
    text, binary = tmp_path / "a.rtf", tmp_path / "a.docx"
    text.write_text("at nine 🚲" * 9999)
    binary.write_bytes(b"PK\x03\x04\0\0at nine")

    upload(service, store, text)
    with pytest.raises(ServiceFailed) as refusal:
        upload(service, store, binary)

    types = [start["headers"]["x-goog-upload-header-content-type"] for start in begun(gemini)]
    assert types[:2] == ["text/rtf", "text/plain"]
    assert len(types) == 3
    assert refusal.value.code == "mime_refused"
    assert not refusal.value.retryable


def test_what_is_no_document_is_not_even_sent(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.exe"
    path.write_bytes(b"MZ\0\0")

    with pytest.raises(ServiceFailed, match=r"mime_refused.*\.exe") as refusal:
        upload(service, store, path)

    assert "PDF" in refusal.value.hint
    assert begun(gemini) == []


def test_names_are_never_too_long(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("at nine")

    other = service.create_store("ß" * 2000)
    upload(service, store, path, display_name="ß" * 2000)

    assert len(gemini.documents(store)[0]["displayName"]) == 512
    assert service.has_store(other)


def test_full_stores_are_not_filled_again(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("at nine")
    gemini.scenario("storage_limit")

    with pytest.raises(ServiceFailed, match="storage_full") as full:
        upload(service, store, path)

    assert not full.value.retryable
    assert "Remove sources" in full.value.hint


def test_an_indexing_that_fails_says_why(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("at nine")
    gemini.scenario("operation_error", polls=0)

    polled = service.poll(upload(service, store, path).operation)

    assert polled.done
    assert polled.code == 3
    assert polled.error == "Failed to count tokens."


def test_a_document_goes_through_its_states(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("at nine")
    gemini.scenario("never_done", times=1)
    waiting = upload(service, store, path)
    ready = upload(service, store, path)
    gemini.scenario("document_failed", polls=0)
    failed = upload(service, store, path)
    service.poll(failed.operation)
    while not service.poll(ready.operation).done:
        pass

    assert service.document_state(waiting.document) == "pending"
    assert service.document_state(ready.document) == "ready"
    assert service.document_state(failed.document) == "failed"
    service.delete_document(ready.document)
    assert service.document_state(ready.document) == "gone"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_is_gone_is_gone_whatever_the_service_calls_it(
    gemini: Emulator, service: Gemini, store: str, status: int
) -> None:
    gemini.settings(missing_document_code=status)
    document = f"{store}/documents/nothing-123456789012"

    service.delete_document(document)
    assert service.document_state(document) == "gone"


def test_another_key_has_no_part_in_a_store(gemini: Emulator, service: Gemini) -> None:
    alices = store_of(service)
    bobs = service_of(gemini, key=gemini.other_key)

    assert not bobs.has_store(alices)
    bobs.delete_store(alices)
    assert service.has_store(alices)
    with pytest.raises(ServiceFailed, match="engine_not_found"):
        bobs.find_documents(alices, HOURS)


def test_a_store_goes_with_everything_in_it_and_only_once(
    gemini: Emulator, service: Gemini
) -> None:
    store = store_of(service)

    service.delete_store(store)
    service.delete_store(store)

    assert not service.has_store(store)
    assert gemini.documents(store) == []


def test_what_can_not_be_deleted_now_is_tried_again_by_whoever_wants_it(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.scenario("undeletable")

    with pytest.raises(ServiceFailed, match="engine_down") as down:
        service.delete_store(store)

    assert down.value.retryable
    assert len([each for each in gemini.requests() if each["method"] == "DELETE"]) == 1


def test_many_documents_are_found_over_many_pages(
    gemini: Emulator, service: Gemini, store: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("at nine")
    for number in range(23):
        upload(service, store, path, content_hash=str(number))

    found = service.find_documents(store, HOURS)

    assert {each.content_hash for each in found} == {str(number) for number in range(23)}


def test_both_versions_of_the_api_are_spoken(gemini: Emulator) -> None:
    service = service_of(gemini, api_version="v1")

    service.check()

    assert gemini.requests("/v1/fileSearchStores")
