"""The emulated Gemini service, byte for byte: how files get into it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from gemini_emulator import Emulator
from gemini_emulator.by_hand import Line, begin, make_store, send, upload


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    running.reset()
    return running


@pytest.fixture
def call(emulator: Emulator) -> Iterator[Line]:
    """Send requests, all over one connection."""
    with Line(emulator) as line:
        yield line


def test_it_names_documents_by_what_it_was_told(call: Line) -> None:
    store = make_store(call)
    by_file = upload(call, store, X_Goog_Upload_File_Name="a_survey_of_modernist_poetry.txt")
    assert re.search(r"/asurveyofmodernistpoetrytxt-[a-z0-9]{12}$", by_file)
    assert call("GET", f"/v1/{by_file}").json["displayName"] == "a_survey_of_modernist_poetry.txt"
    body = {"displayName": "Größe"}
    by_name = upload(call, store, body=body, X_Goog_Upload_File_Name="file.txt")
    assert call("GET", f"/v1/{by_name}").json["displayName"] == "Größe"


def test_it_begins_uploads_where_it_was_called(call: Line, emulator: Emulator) -> None:
    store = make_store(call)
    begun = begin(call, store, 3, Host="files.example.org:81")
    assert (begun.status, begun.body) == (200, b"")
    assert begun.headers["X-Goog-Upload-Status"] == "active"
    address = begun.headers["X-Goog-Upload-URL"]
    path = f"/upload/v1/{store}:uploadToFileSearchStore"
    assert re.fullmatch(
        rf"http://files\.example\.org:81{path}\?upload_id=\S+&upload_protocol=resumable", address
    )


def test_it_answers_the_last_chunk_with_an_operation_that_is_not_done(call: Line) -> None:
    store = make_store(call)
    answer = send(call, begin(call, store, 3), b"abc")
    assert answer.headers["X-Goog-Upload-Status"] == "final"
    operation = answer.json
    document = operation["response"]["documentName"]
    assert "done" not in operation
    assert operation["response"]["parent"] == store
    assert document.startswith(f"{store}/documents/")
    assert operation["name"] == f"{store}/upload/operations/{document.rsplit('/', 1)[1]}"
    assert call("GET", f"/v1/{operation['name']}").json == {"name": operation["name"]}
    finished = call("GET", f"/v1/{operation['name']}").json
    assert finished["done"] is True
    assert finished["response"]["parent"] == store.removeprefix("fileSearchStores/")
    assert finished["response"]["documentName"] == document.rsplit("/", 1)[1]
    imported = operation["name"].replace("/upload/", "/")
    assert call("GET", f"/v1/{imported}").error == (404, "NOT_FOUND")


def test_it_checks_every_chunk_and_says_the_status_even_when_it_refuses(call: Line) -> None:
    store, half = make_store(call), 256 << 10
    begun = begin(call, store, 2 * half)
    first = send(call, begun, b"x" * half, last=False)
    assert (first.status, first.headers["X-Goog-Upload-Status"]) == (200, "active")
    assert send(call, begun, b"x" * half, half).headers["X-Goog-Upload-Status"] == "final"
    again = send(call, begun, b"again")
    assert again.json["error"]["message"] == "Upload has already been terminated."
    for refused in (
        again,
        send(call, begin(call, store, 3), b"abc", 1),
        send(call, begin(call, store, 3), b"ab"),
        send(call, begin(call, store, 3), b"abcd"),
        send(call, begin(call, store, 3), b"abc", last=False),
        send(call, begin(call, store, 3), b"x" * half, last=False),
        begin(call, store, 100_000_001),
        begin(call, store, 3, X_Goog_Upload_Protocol="raw"),
        begin(call, store, 3, X_Goog_Upload_Header_Content_Type="video/mp4"),
        begin(call, "fileSearchStores/unknown", 3),
    ):
        assert refused.json["error"]["code"] in {400, 403}
        assert refused.headers["X-Goog-Upload-Status"] == "final"
    assert begin(call, store, 100_000_000).status == 200


def test_it_has_only_so_much_room(call: Line, emulator: Emulator) -> None:
    emulator.settings(key=emulator.key, storage=100)
    store = make_store(call)
    upload(call, store, "x" * 30)
    refused = begin(call, store, 30)
    assert refused.error == (429, "RESOURCE_EXHAUSTED")
    assert "reached the storage limit of 100 bytes" in refused.json["error"]["message"]
