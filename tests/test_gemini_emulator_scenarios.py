"""Every trouble the emulated Gemini service can make, as the real client meets it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from gemini_emulator import Emulator
from gemini_emulator.clients import (
    MODEL,
    add,
    ask,
    client_of,
    grounding,
    make_store,
    said,
    searching,
    stream,
)
from gemini_emulator.scenarios import SCENARIOS
from google import genai
from google.genai import errors, types

TEXT = "Bicycles have two wheels, and each of the wheels has a tyre and a tube. It may rain."
QUESTION = "What do bicycles have?"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.reset()
    return running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[genai.Client]:
    with client_of(emulator, emulator.key) as client:
        yield client


@pytest.fixture
def config(client: genai.Client) -> types.GenerateContentConfig:
    """Searches a store that knows of bicycles."""
    return searching(make_store(client, TEXT))


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("bad_request", 400, "INVALID_ARGUMENT"),
        ("bad_key", 400, "INVALID_ARGUMENT"),
        ("forbidden", 403, "PERMISSION_DENIED"),
        ("not_found", 404, "NOT_FOUND"),
        ("rate_limit", 429, "RESOURCE_EXHAUSTED"),
        ("rate_limit_bare", 429, "RESOURCE_EXHAUSTED"),
        ("daily_quota", 429, "RESOURCE_EXHAUSTED"),
        ("internal", 500, "INTERNAL"),
        ("overloaded", 503, "UNAVAILABLE"),
        ("deadline", 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_it_refuses_as_often_as_told(
    client: genai.Client, emulator: Emulator, name: str, code: int, status: str
) -> None:
    emulator.scenario(name, on="generate", times=2, retry_seconds=7.5)
    client.file_search_stores.create()
    for attempt in (lambda: ask(client, "hi"), lambda: stream(client, "hi", None)):
        with pytest.raises(errors.APIError) as refused:
            attempt()
        assert (refused.value.code, refused.value.status) == (code, status)
        details = str(refused.value.details)
        assert ("'retryDelay': '7.5s'" in details) == (name in {"rate_limit", "daily_quota"})
        assert ("PerDay" in details) == (name == "daily_quota")
        assert ("API_KEY_INVALID" in details) == (name == "bad_key")
    assert ask(client, "hi").text


def partly(events: list[Any]) -> None:
    assert 0 < len(said(events)) < len(TEXT)


def with_finish(reason: str) -> Callable[[list[Any]], None]:
    def check(events: list[Any]) -> None:
        partly(events)
        assert events[-1].candidates[0].finish_reason == reason
        assert not any(e.candidates[0].finish_reason for e in events[:-1])

    return check


def blocked(events: list[Any]) -> None:
    [event] = events
    assert event.prompt_feedback.block_reason == "PROHIBITED_CONTENT"
    assert event.candidates is None


def ended_early(events: list[Any]) -> None:
    partly(events)
    assert not any(e.candidates[0].finish_reason or grounding(e) for e in events)


def out_of_thought(events: list[Any]) -> None:
    [event] = events
    assert event.candidates[0].finish_reason == "MAX_TOKENS"
    assert event.candidates[0].content.parts is None


def ungrounded(events: list[Any]) -> None:
    assert said(events) == TEXT.split(". ")[0] + "."
    assert not any(grounding(event) for event in events)


def emptily_grounded(events: list[Any]) -> None:
    assert grounding(events[-1]).model_dump(exclude_none=True) == {}


def unsupported(events: list[Any]) -> None:
    assert grounding(events[-1]).grounding_chunks
    assert grounding(events[-1]).grounding_supports is None


def pointing_nowhere(events: list[Any]) -> None:
    last = grounding(events[-1])
    for support in last.grounding_supports:
        assert support.grounding_chunk_indices[0] < len(last.grounding_chunks)
        assert support.grounding_chunk_indices[-1] >= len(last.grounding_chunks)


def beyond_the_text(events: list[Any]) -> None:
    for support in grounding(events[-1]).grounding_supports:
        assert support.segment.end_index > len(said(events).encode())


def untitled(events: list[Any]) -> None:
    [chunk] = grounding(events[-1]).grounding_chunks
    assert chunk.retrieved_context.title is None


def doubled(events: list[Any]) -> None:
    last = grounding(events[-1])
    first, second = last.grounding_chunks
    assert first == second
    assert last.grounding_supports[0].grounding_chunk_indices == [0, 1]


def stopped_midway(events: list[Any]) -> None:
    stops = [n for n, event in enumerate(events) if event.candidates[0].finish_reason == "STOP"]
    assert len(stops) == 2
    assert stops[0] < stops[1] == len(events) - 1
    assert said(events[stops[0] + 1 :])


def thoughtful(events: list[Any]) -> None:
    assert events[0].candidates[0].content.parts[0].thought
    assert "Looking" not in said(events)


def with_tools(events: list[Any]) -> None:
    call, response = (event.candidates[0].content.parts[0] for event in events[:2])
    assert call.tool_call.tool_type == response.tool_response.tool_type == "FILE_SEARCH"
    assert events[1].usage_metadata.total_token_count == events[1].usage_metadata.prompt_token_count


def in_other_letters(events: list[Any]) -> None:
    text = said(events)
    assert text.startswith("Grüße")
    segment = grounding(events[-1]).grounding_supports[0].segment
    assert segment.start_index > text.index(segment.text)
    assert text.encode()[segment.start_index : segment.end_index].decode() == segment.text


def with_odd_line_ends(events: list[Any]) -> None:
    assert "\u2028" in said(events)
    assert "\u2028" in grounding(events[-1]).grounding_chunks[0].retrieved_context.text


def whole(events: list[Any]) -> None:
    assert said(events) == TEXT.split(". ")[0] + "."
    assert grounding(events[-1]).grounding_supports


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("prompt_blocked", blocked),
        ("safety", with_finish("SAFETY")),
        ("recitation", with_finish("RECITATION")),
        ("max_tokens", with_finish("MAX_TOKENS")),
        ("max_tokens_empty", out_of_thought),
        ("early_end", ended_early),
        ("no_grounding", ungrounded),
        ("empty_grounding", emptily_grounded),
        ("chunks_without_supports", unsupported),
        ("bad_indices", pointing_nowhere),
        ("bad_offsets", beyond_the_text),
        ("missing_title", untitled),
        ("duplicate_chunks", doubled),
        ("intermediate_stop", stopped_midway),
        ("thoughts", thoughtful),
        ("tool_parts", with_tools),
        ("non_ascii", in_other_letters),
        ("line_separators", with_odd_line_ends),
        ("unknown_fields", whole),
        ("split_every_byte", whole),
    ],
)
def test_it_says_it_differently(
    client: genai.Client,
    emulator: Emulator,
    config: Any,
    name: str,
    check: Callable[[list[Any]], None],
) -> None:
    emulator.scenario(name, times=1)
    check(stream(client, QUESTION, config))
    whole(stream(client, QUESTION, config))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("cut", httpx2.RemoteProtocolError),
        ("bad_json", errors.UnknownApiResponseError),
        ("error_event", errors.ServerError),
        ("stall", httpx2.ReadTimeout),
    ],
)
def test_it_breaks_after_some_text(
    emulator: Emulator, config: Any, name: str, fault: type[Exception]
) -> None:
    emulator.scenario(name, times=1)
    heard = []
    with client_of(emulator, emulator.key, timeout=300) as client:
        ask = client.models.generate_content_stream
        events = ask(model=MODEL, contents=QUESTION, config=config)
        with pytest.raises(fault):
            heard.extend(events)
    partly(heard)


def test_it_breaks_before_anything(client: genai.Client, emulator: Emulator) -> None:
    emulator.scenario("refuse_connection", times=2)
    with pytest.raises(httpx2.RemoteProtocolError):
        stream(client, QUESTION, None)
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(client, QUESTION)
    emulator.scenario("empty", times=2)
    assert stream(client, QUESTION, None) == []
    assert ask(client, QUESTION).candidates is None
    emulator.scenario("bad_json", times=1)
    with pytest.raises(ValueError, match="line"):
        ask(client, QUESTION)
    emulator.scenario("slow", on="any", delay=0.01)
    make_store(client, TEXT)
    emulator.scenario("cut", on="store", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        client.file_search_stores.create()


def test_it_can_be_slow(client: genai.Client, emulator: Emulator, config: Any) -> None:
    emulator.scenario("slow", delay=0.25, match=QUESTION)
    began = time.monotonic()
    assert len(stream(client, QUESTION, config)) == 4
    assert time.monotonic() - began > 1
    began = time.monotonic()
    stream(client, "another question", config)
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("drop", [False, True])
def test_it_can_be_continued(
    client: genai.Client, emulator: Emulator, config: Any, drop: bool
) -> None:
    emulator.scenario("continuation", drop=drop)
    emulator.forget_requests()
    whole(stream(client, QUESTION, config))
    first, second = emulator.requests("generateContent")
    assert "continuationToken" not in first["body"]
    assert second["body"]["continuationToken"]


def test_it_takes_trouble_from_the_name_of_the_model(client: genai.Client) -> None:
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=f"{MODEL}--slow--overloaded", contents="hi")


def test_it_forgets_trouble_when_told(client: genai.Client, emulator: Emulator) -> None:
    emulator.scenario("internal")
    emulator.scenario("stall")
    emulator.calm()
    assert ask(client, "hi").text
    with pytest.raises(AssertionError, match="no scenario 'nonsense'"):
        emulator.scenario("nonsense")


def test_it_can_keep_documents_from_getting_ready(client: genai.Client, emulator: Emulator) -> None:
    store = make_store(client)

    def upload() -> Any:
        return client.file_search_stores.upload_to_file_search_store(
            file_search_store_name=store, file=__file__, config={"mime_type": "text/plain"}
        )

    def state(operation: Any) -> str:
        name = f"{store}/documents/{operation.name.rsplit('/', 1)[1]}"
        return client.file_search_stores.documents.get(name=name).state.value

    def polls(operation: Any) -> int:
        for count in range(1, 20):
            operation = client.operations.get(operation)
            if operation.done:
                return count
        return 0

    emulator.scenario("document_failed", times=1)
    failed = upload()
    assert polls(failed)
    assert client.operations.get(failed).error is None
    assert state(failed) == "STATE_FAILED"
    assert not grounding(ask(client, "polls of slow indexing", searching(store)))
    emulator.scenario("slow_indexing", times=1, polls=5)
    pending = upload()
    assert not grounding(ask(client, "polls of slow indexing", searching(store)))
    assert polls(pending) == 6
    assert grounding(ask(client, "polls of slow indexing", searching(store)))
    assert polls(upload()) == 2
    emulator.scenario("never_done", times=1)
    never = upload()
    assert (polls(never), state(never)) == (0, "STATE_PENDING")
    emulator.scenario("never_done", times=1, document_active=True)
    never = upload()
    assert (polls(never), state(never)) == (0, "STATE_ACTIVE")
    emulator.scenario("operation_error", times=1, message="Failed.")
    failed = upload()
    assert polls(failed)
    assert client.operations.get(failed).error == {"code": 3, "message": "Failed."}
    assert state(failed) == "STATE_FAILED"


def test_it_can_refuse_to_take_and_to_delete(client: genai.Client, emulator: Emulator) -> None:
    store = make_store(client, TEXT)
    emulator.scenario("storage_limit", times=1)
    with pytest.raises(errors.ClientError, match="storage limit"):
        add(client, store, b"x", "x", "text/plain")
    emulator.scenario("storage_limit", on="upload_data", times=1)
    began = time.monotonic()
    with pytest.raises(errors.ClientError, match="storage limit"):
        add(client, store, b"x", "x", "text/plain")
    assert time.monotonic() - began < 5
    emulator.scenario("mime_refused")
    with pytest.raises(errors.ClientError, match="type/subtype"):
        add(client, store, b"x", "x", "text/plain")
    by_path = client.file_search_stores.upload_to_file_search_store
    assert by_path(file_search_store_name=store, file=__file__).name
    emulator.scenario("undeletable", on="store", times=1)
    with pytest.raises(errors.ServerError):
        client.file_search_stores.delete(name=store, config={"force": True})
    client.file_search_stores.delete(name=store, config={"force": True})
    assert emulator.stores() == []


def test_it_tells_of_every_scenario_there_is() -> None:
    with open(__file__) as tests:
        text = tests.read()
    assert [name for name in SCENARIOS if f'"{name}"' not in text] == []
