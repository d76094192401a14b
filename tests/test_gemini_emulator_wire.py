"""The emulated Gemini service, byte for byte: what a client that is wrong would trip over."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_emulator.by_hand import (
    GENERATE,
    STORES,
    STREAM,
    TEXT,
    Line,
    begin,
    make_store,
    raw_stream,
    upload,
)

HELLO = {"contents": [{"parts": [{"text": "Which bicycles are blue?"}]}]}


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


def test_it_serves_both_versions_and_nothing_else(call: Line) -> None:
    for version in ("v1", "v1beta"):
        assert call("GET", f"/{version}/fileSearchStores").json == {}
        assert call("GET", f"/{version}/models/gemini-3.8-flash").status == 200
    for path in ("/v2/fileSearchStores", "/v1/nothing", "/x", "/v1/interactions"):
        answer = call("GET", path)
        assert (answer.status, answer.body) == (404, b"")
    assert call("PATCH", STORES).status == 404
    assert call("GET", "/v1beta/models/gemini-flash-latest").status == 200
    assert call("GET", "/v1/models/gemini-flash-latest").error == (404, "NOT_FOUND")


def test_it_wants_a_key_it_knows(call: Line, emulator: Emulator) -> None:
    nobody = {"x-goog-api-key": None}
    assert call("GET", STORES, **nobody).error == (403, "PERMISSION_DENIED")
    wrong = call("GET", STORES, **{"x-goog-api-key": "wrong"})
    assert wrong.error == (400, "INVALID_ARGUMENT")
    assert wrong.json["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert call("GET", f"{STORES}?key={emulator.key}", **nobody).status == 200


def test_it_spells_json_as_the_service_does(call: Line) -> None:
    answer = call("POST", STORES, {"display_name": "My Shop"})
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    store = answer.json
    assert store.keys() == {"name", "displayName", "createTime", "updateTime", "embeddingModel"}
    assert re.fullmatch(r"fileSearchStores/my-shop-[a-z0-9]{12}", store["name"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", store["createTime"])
    name = upload(call, store["name"])
    held = call("GET", f"/v1/{store['name']}").json
    assert (held["activeDocumentsCount"], held["sizeBytes"]) == ("1", str(len(TEXT.encode())))
    assert "failedDocumentsCount" not in held
    document = call("GET", f"/v1/{name}").json
    assert (document["state"], document["mimeType"]) == ("STATE_ACTIVE", "text/plain")
    assert "displayName" not in document
    assert re.fullmatch(r"[a-z0-9]{12}-[a-z0-9]{12}", name.rsplit("/", 1)[1])


def test_it_takes_either_spelling_at_every_level_and_refuses_others(call: Line) -> None:
    store = make_store(call)
    metadata = [
        {"key": "a", "string_value": "b"},
        {"key": "n", "numericValue": 3},
        {"key": "l", "string_list_value": {"values": ["x"]}},
    ]
    chunking = {"white_space_config": {"max_tokens_per_chunk": 50, "maxOverlapTokens": 5}}
    body = {"custom_metadata": metadata, "chunkingConfig": chunking}
    document = call("GET", f"/v1/{upload(call, store, body=body)}").json
    assert document["customMetadata"] == [
        {"key": "a", "stringValue": "b"},
        {"key": "n", "numericValue": 3},
        {"key": "l", "stringListValue": {"values": ["x"]}},
    ]
    tool = {"file_search": {"fileSearchStoreNames": [store], "top_k": 2, "metadata_filter": "n=3"}}
    asked = {**HELLO, "tools": [tool], "generation_config": {"max_output_tokens": 900}}
    answer = call("POST", GENERATE, asked).json["candidates"][0]
    [chunk] = answer["groundingMetadata"]["groundingChunks"]
    assert chunk["retrievedContext"]["customMetadata"] == document["customMetadata"]
    for wrong in (
        {"display_nam": "x"},
        {"customMetadata": [{"key": "a"}]},
        {"customMetadata": [{"key": "a", "stringValue": "b", "numericValue": 1}]},
        {"customMetadata": [{"key": f"k{n}", "stringValue": "b"} for n in range(21)]},
        {"chunkingConfig": {"whiteSpaceConfig": {"maxTokens": 3}}},
        {"chunkingConfig": {"whiteSpaceConfig": {"maxTokensPerChunk": 5000}}},
    ):
        assert begin(call, store, 3, wrong).error == (400, "INVALID_ARGUMENT"), wrong
    assert call("GET", f"{STORES}?page_size=3").status == 200
    assert call("GET", f"{STORES}?pagesize=3").error == (400, "INVALID_ARGUMENT")


def test_it_refuses_questions_that_the_service_refuses(call: Line) -> None:
    store = make_store(call)

    def tool(**search: Any) -> dict[str, Any]:
        return {"tools": [{"fileSearch": {"fileSearchStoreNames": [store], **search}}]}

    config = "generationConfig"
    for wrong, code in (
        ({"contents": []}, 400),
        ({"contents": [{"parts": []}]}, 400),
        ({"contents": [{"parts": [{}]}]}, 400),
        ({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}, 400),
        ({"contents": [{"parts": [{"text": "x" * 4_200_000}]}]}, 400),
        ({"surprise": 1}, 400),
        ({"tools": [{"webSearch": {}}]}, 400),
        ({"tools": [{"codeExecution": {}}]}, 400),
        ({"tools": [{"googleSearch": {}}, *tool()["tools"]]}, 400),
        (tool(topk=3), 400),
        (tool(fileSearchStoreNames=[]), 400),
        (tool(fileSearchStoreNames=[store] * 6), 400),
        (tool(fileSearchStoreNames=["corpora/x"]), 400),
        (tool(fileSearchStoreNames=["fileSearchStores/unknown-store"]), 403),
        (tool(metadataFilter="a ="), 400),
        (tool(metadataFilter="(a = 1"), 400),
        (tool(metadataFilter="a = 1 AND"), 400),
        (tool(metadataFilter="a = 1)"), 400),
        (tool(metadataFilter='a == "b"'), 400),
        ({config: {"temperature": 3}}, 400),
        ({config: {"maxOutputTokens": "many"}}, 400),
        ({config: {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}}, 400),
        ({config: {"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 1}}}, 400),
        ({"safetySettings": [{"category": "HARM", "threshold": "OFF"}]}, 400),
        ({"continuationToken": "AAAA"}, 400),
    ):
        for path in (GENERATE, STREAM):
            assert call("POST", path, {**HELLO, **wrong}).json["error"]["code"] == code, wrong
    assert call("POST", GENERATE, b"{").error == (400, "INVALID_ARGUMENT")
    unknown = GENERATE.replace("3.8", "9.9")
    assert call("POST", unknown, HELLO).error == (404, "NOT_FOUND")
    assert call("POST", GENERATE, {**HELLO, **tool(topK=1)}).status == 200


def test_it_wants_force_for_what_is_not_empty(call: Line) -> None:
    store = make_store(call)
    name = upload(call, store)
    for path, what in ((name, "Document"), (store, "FileSearchStore")):
        for query in ("", "?force=False"):
            refused = call("DELETE", f"/v1/{path}{query}")
            assert refused.error == (400, "FAILED_PRECONDITION")
            assert refused.json["error"]["message"] == f"Cannot delete non-empty {what}"
    assert call("DELETE", f"/v1/{name}?force=True").json == {}
    assert "does not exist" in call("GET", f"/v1/{name}").json["error"]["message"]
    assert call("DELETE", f"/v1/{store}").json == {}
    assert call("GET", f"/v1/{store}").error == (403, "PERMISSION_DENIED")
    assert call("GET", f"{STORES}/_x").error == (400, "INVALID_ARGUMENT")


def test_it_pages_with_tokens_that_mean_nothing_to_others(call: Line) -> None:
    names = [make_store(call) for _ in range(25)]
    first = call("GET", STORES).json
    assert [store["name"] for store in first["fileSearchStores"]] == names[:10]
    assert not first["nextPageToken"].isdigit()
    token = first["nextPageToken"]
    second = call("GET", f"{STORES}?pageSize=100&pageToken={token}").json
    assert [store["name"] for store in second["fileSearchStores"]] == names[10:]
    assert "nextPageToken" not in second
    for query in ("pageToken=10", "pageToken=%21", "pageSize=x", "pageSize=-1"):
        assert call("GET", f"{STORES}?{query}").error == (400, "INVALID_ARGUMENT")


def test_it_streams_nothing_but_data_lines(call: Line, emulator: Emulator) -> None:
    store = make_store(call)
    upload(call, store)
    body = {**HELLO, "tools": [{"fileSearch": {"fileSearchStoreNames": [store]}}]}
    head, chunks = raw_stream(emulator, body)
    assert b"200 OK" in head
    assert b"Content-Type: text/event-stream\r\n" in head
    for chunk in chunks:
        assert re.fullmatch(rb"data: \{[^\r\n]*\}\r\n\r\n", chunk)
    events = [json.loads(chunk[6:]) for chunk in chunks]
    grounding = events[-1]["candidates"][0]["groundingMetadata"]
    [support] = grounding["groundingSupports"]
    assert support["segment"] == {"endIndex": len(TEXT.encode()), "text": TEXT}
    assert grounding["groundingChunks"] == [
        {"retrievedContext": {"fileSearchStore": store, "text": TEXT}}
    ]
    emulator.scenario("split_every_byte")
    bytewise = raw_stream(emulator, body)[1]
    assert {len(chunk) for chunk in bytewise} == {1}
    assert TEXT[:8].encode() in b"".join(bytewise)


def test_it_answers_a_stream_without_alt_with_a_list(call: Line) -> None:
    events = call("POST", STREAM.removesuffix("?alt=sse"), HELLO).json
    assert isinstance(events, list)
    assert events[-1]["candidates"][0]["finishReason"] == "STOP"


def test_it_shows_its_tools_when_asked(call: Line) -> None:
    store = make_store(call)
    body = {
        **HELLO,
        "tools": [{"fileSearch": {"fileSearchStoreNames": [store]}}],
        "toolConfig": {"includeServerSideToolInvocations": True},
        "generationConfig": {"maxOutputTokens": 100},
    }
    assert call("POST", GENERATE, body).json["candidates"][0] == {
        "content": {"role": "model"},
        "finishReason": "MAX_TOKENS",
        "index": 0,
    }
    del body["generationConfig"]
    events = call("POST", STREAM.removesuffix("?alt=sse"), body).json
    assert ["index" in event["candidates"][0] for event in events[:3]] == [True, False, True]
    parts = call("POST", GENERATE, body).json["candidates"][0]["content"]["parts"]
    assert [*map(list, parts)] == [
        ["toolCall", "thoughtSignature"],
        ["toolResponse", "thoughtSignature"],
        ["text"],
    ]


def test_it_fits_json_to_its_schema(call: Line) -> None:
    schema = {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {"type": "string"}}},
    }
    config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    answer = call("POST", GENERATE, {**HELLO, "generationConfig": config}).json
    text = json.loads(answer["candidates"][0]["content"]["parts"][0]["text"])
    assert len(text["questions"]) == 3


def test_it_counts_tokens(call: Line) -> None:
    path = GENERATE.replace("generateContent", "countTokens")
    assert call("POST", path, HELLO).json["totalTokens"] == 6


def test_it_answers_at_once_over_one_connection(call: Line) -> None:
    began = time.monotonic()
    for _ in range(100):
        answer = call("GET", STORES)
        assert (answer.status, answer.headers["Connection"]) == (200, None)
    assert time.monotonic() - began < 3  # more than that with Nagle's algorithm


def test_it_takes_bodies_in_chunks(call: Line) -> None:
    chunked = call("POST", STORES, iter([b'{"displayName":', b'"x"}']))
    assert chunked.json["displayName"] == "x"


def test_it_knows_no_model_of_a_nonsensical_suffix(call: Line) -> None:
    assert call("POST", GENERATE.replace("flash", "flash--x"), HELLO).error == (404, "NOT_FOUND")


def test_it_says_what_is_not_http(emulator: Emulator) -> None:
    for nonsense in (b"nonsense\r\n\r\n", b"POST /v1/x HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", emulator.port), 20) as line:
            line.sendall(nonsense)
            assert line.recv(1000).startswith(b"HTTP/1.1 400 ")
