"""The key to Gemini is told to Gemini: not to visitors, owners, logs, or anybody else's host."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from gemini_emulator import Emulator
from gemini_room import HOURS, ask, calmly, dripping, event, head, service_of
from structlog.testing import capture_logs

from ragwidget.engines.file_search import troubles
from ragwidget.engines.file_search.troubles import ServiceFailed

ANOTHER_KEY = "AIzaSyMarzipan0123456789_-bicycle012345"


pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


def test_a_key_that_the_service_quotes_is_told_to_nobody(gemini: Emulator) -> None:
    said = f"Permission denied: Consumer 'api_key:{gemini.key}' has been suspended. ({gemini.key})"
    gemini.scenario("forbidden", on="generate", message=said)

    failure = ask(service_of(gemini), "").failure

    assert failure
    assert failure.code == "engine_forbidden"
    assert "Permission denied: Consumer" in failure.hint
    assert "has been suspended. (…)" in failure.hint
    assert gemini.key not in "".join(traceback.format_exception(failure))


def test_a_key_is_not_told_by_halves_where_a_quotation_is_cut(gemini: Emulator) -> None:
    gemini.scenario("bad_request", on="store", message=f"{'x' * 295} {gemini.key}")

    with pytest.raises(ServiceFailed) as trouble:
        service_of(gemini).check()

    assert "x …" in trouble.value.hint
    assert gemini.key[:4] not in trouble.value.hint


@pytest.mark.parametrize(
    "said",
    [
        f"Consumer 'api_key:{ANOTHER_KEY}' is gone.",
        f"{ANOTHER_KEY} is gone.",
        f"GET https://example.org/v1?alt=sse&key={ANOTHER_KEY}&a=b is gone.",
        "api_key:AQ.Ab8RN6marzipan0123456789 is gone.",
        "AQ.Ab8RN6marzipan0123456789 is gone.",
    ],
)
def test_what_looks_like_a_key_is_quoted_without_it(said: str) -> None:
    quotation = troubles.quoted(said)

    assert "arzipan" not in quotation
    assert "is gone." in quotation
    assert "…" in quotation


def test_why_an_indexing_failed_is_told_without_the_key(gemini: Emulator, tmp_path: Path) -> None:
    gemini.scenario("operation_error", message=f"No luck for api_key:{gemini.key} ({ANOTHER_KEY}).")
    service = service_of(gemini)
    path = tmp_path / "a.txt"
    path.write_text("At nine.")
    uploaded = service.upload(
        service.create_store("Alice's bicycles"),
        path,
        display_name="Hours",
        source_id=HOURS,
        content_hash="abc",
    )
    while not (polled := service.poll(uploaded.operation)).done:
        pass

    assert polled.error.startswith("No luck for api_key:…")
    assert gemini.key not in polled.error
    assert ANOTHER_KEY not in polled.error


def test_options_are_shown_without_their_key(gemini: Emulator) -> None:
    assert gemini.key not in repr(service_of(gemini).options)


def test_what_a_reader_chokes_on_is_told_without_its_words(gemini: Emulator, reader: str) -> None:
    deep = b"data: " + b"[" * 100_000 + gemini.key.encode() + b"\r\n\r\n"

    with dripping(head(), deep, event()) as address, capture_logs() as logs:
        failure = ask(service_of(gemini, base_url=address), "").failure

    assert failure
    assert failure.code == "engine_garbled"
    assert "RecursionError" in failure.hint
    assert gemini.key not in failure.hint
    if reader == "lean":  # which knows that this may come
        assert logs == []
        return
    [logged] = logs
    assert "exc_info" not in logged
    assert "RecursionError" in logged["problem"]
    assert "_hear" in logged["place"]
    assert gemini.key not in str(logged)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_file_goes_nowhere_but_to_gemini(gemini: Emulator, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("At nine.")
    elsewhere = f"{gemini.url.replace('http', scheme)}/elsewhere"
    begun = (
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n"
        f"X-Goog-Upload-Status: active\r\nX-Goog-Upload-URL: {elsewhere}\r\n\r\n"
    )

    with dripping(begun.encode()) as address, pytest.raises(ServiceFailed) as trouble:
        service_of(gemini, base_url=address).upload(
            "fileSearchStores/a", path, display_name="a", source_id=HOURS, content_hash="a"
        )

    assert trouble.value.code == "engine_garbled"
    assert "127.0.0.1" in trouble.value.hint
    assert not trouble.value.retryable
    assert gemini.requests() == []
