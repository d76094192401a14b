"""The emulated Gemini service, driven by the client that drives the real one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import making_files
import pytest
from gemini_emulator import Emulator
from gemini_emulator.answering import NOTHING_FOUND, OWN_KNOWLEDGE
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
from google import genai
from google.genai import errors, types

SHOP = """# Rückgabe – returns

You can send a bicycle back within 30 days. We pay the postage.

# Opening

The workshop in Köln opens at nine and closes at eighteen.
"""
BAKERY = "Sourdough bread is baked at four in the morning. The bakery sells rolls."


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


def test_it_answers_from_what_was_uploaded_and_shows_where(client: genai.Client) -> None:
    store = make_store(client, SHOP, BAKERY)
    response = ask(client, "When does the workshop open?", searching(store))
    sentence = "The workshop in Köln opens at nine and closes at eighteen."
    assert response.text == sentence
    [chunk] = grounding(response).grounding_chunks
    assert chunk.retrieved_context.title == "1.md"
    assert chunk.retrieved_context.file_search_store == store
    assert sentence in chunk.retrieved_context.text
    [support] = grounding(response).grounding_supports
    assert support.segment.start_index is None
    assert support.segment.end_index == len(sentence.encode()) == len(sentence) + 1
    assert support.grounding_chunk_indices == [0]


def test_it_counts_bytes_in_every_segment(client: genai.Client) -> None:
    store = make_store(
        client, "Äpfel – apples are red.\n\nApples — grün — are green.\n\nApples 🍏 fall."
    )
    response = ask(client, "apples", searching(store))
    raw = response.text.encode()
    supports = grounding(response).grounding_supports
    assert len(supports) == 3
    for support in supports:
        segment = support.segment
        start = segment.start_index or 0
        assert raw[start : segment.end_index].decode() == segment.text


def test_it_knows_nothing_of_other_stores_deleted_documents_and_other_words(
    client: genai.Client,
) -> None:
    shop, bakery = make_store(client, SHOP), make_store(client, BAKERY)
    question = "When is sourdough bread baked?"
    assert "at four" in ask(client, question, searching(bakery)).text
    for config in (searching(shop), None):
        response = ask(client, question, config)
        assert response.text == OWN_KNOWLEDGE
        assert grounding(response) is None
    [document] = client.file_search_stores.documents.list(parent=bakery)
    client.file_search_stores.documents.delete(name=document.name, config={"force": True})
    assert ask(client, question, searching(bakery)).text == OWN_KNOWLEDGE
    bound = searching(bakery, system_instruction="Answer only from the file search results.")
    assert ask(client, question, bound).text == NOTHING_FOUND


def test_it_finds_as_much_as_top_k_and_the_filter_allow(client: genai.Client) -> None:
    store = make_store(client)
    for number in range(1, 8):
        metadata = [
            {"key": "source", "string_value": f"s{number}"},
            {"key": "year", "numeric_value": 2020 + number},
            {"key": "tags", "string_list_value": {"values": ["all", f"t{number}"]}},
        ]
        text = f"Bicycle number {number} is blue."
        add(client, store, text.encode(), f"{number}", "text/plain", custom_metadata=metadata)

    def found(**search: Any) -> set[str]:
        response = ask(client, "Which bicycle is blue?", searching(store, **search))
        chunks = (grounding(response) and grounding(response).grounding_chunks) or []
        return {chunk.retrieved_context.custom_metadata[0].string_value for chunk in chunks}

    assert len(found()) == 5
    assert len(found(top_k=2)) == 2
    assert found(metadata_filter='source = "s3"') == {"s3"}
    assert found(metadata_filter='source="s3" OR source="s4" AND year >= 2024') == {"s4"}
    assert found(metadata_filter='tags:"t5"') == {"s5"}
    assert found(metadata_filter="NOT year < 2026 (tags:all)") == {"s6", "s7"}
    for mismatched in (
        'year = "2023"',
        'year > "2000"',
        "source > 3",
        'source:"s3"',
        "color = blue",
    ):
        assert found(metadata_filter=mismatched) == set()
    with pytest.raises(errors.ClientError) as refused:
        found(metadata_filter='source = "s3')
    assert refused.value.code == 400


def test_it_follows_up_on_the_turn_before(client: genai.Client) -> None:
    store = make_store(client, SHOP)
    history = [
        {"role": "user", "parts": [{"text": "When does the workshop open?"}]},
        {"role": "model", "parts": [{"text": "At nine."}]},
        {"role": "user", "parts": [{"text": "And why is that so?"}]},
    ]
    assert "workshop" in ask(client, history, searching(store)).text
    assert ask(client, history[-1:], searching(store)).text == OWN_KNOWLEDGE


def test_it_reads_pdfs_by_page_and_other_formats(client: genai.Client) -> None:
    store = make_store(client)
    file = making_files.pdf("Chains need oil every month.", "Brakes need new pads every year.")
    add(client, store, file, "Handbook", "application/pdf")
    response = ask(client, "Which brakes need pads?", searching(store))
    context = grounding(response).grounding_chunks[0].retrieved_context
    assert (context.title, context.page_number) == ("Handbook", 2)
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    add(client, store, making_files.word(), "Word", office)
    page = b"<title>x</title><p>A saddle costs &euro;40.</p><script>saddle = cost</script>"
    add(client, store, page, "Page", "text/html")
    assert ask(client, "saddle cost", searching(store)).text == "A saddle costs €40."


def test_it_streams_with_grounding_at_the_end_and_a_running_count(client: genai.Client) -> None:
    store = make_store(client, SHOP)
    config = searching(store, thinking_config={"include_thoughts": True})
    events = stream(client, "When does the workshop open?", config)
    assert said(events).endswith("eighteen.")
    assert any(e.candidates[0].content.parts[0].thought for e in events)
    *earlier, last = events
    assert not any(e.candidates[0].finish_reason or grounding(e) for e in earlier)
    assert last.candidates[0].finish_reason == "STOP"
    assert grounding(last).grounding_supports
    counts = [event.usage_metadata.candidates_token_count or 0 for event in events]
    assert counts == sorted(counts)
    usage = last.usage_metadata
    assert usage.tool_use_prompt_token_count
    assert usage.thoughts_token_count
    assert usage.total_token_count == sum(
        (
            usage.prompt_token_count,
            usage.candidates_token_count,
            usage.tool_use_prompt_token_count,
            usage.thoughts_token_count,
        )
    )


def test_it_keeps_projects_apart(client: genai.Client, emulator: Emulator) -> None:
    store = make_store(client, SHOP)
    with client_of(emulator, emulator.other_key) as mallory:
        assert list(mallory.file_search_stores.list()) == []
        for attempt in (
            lambda: mallory.file_search_stores.get(name=store),
            lambda: mallory.file_search_stores.delete(name=store, config={"force": True}),
            lambda: list(mallory.file_search_stores.documents.list(parent=store)),
            lambda: add(mallory, store, b"x", "x", "text/plain"),
            lambda: ask(mallory, "workshop", searching(store)),
        ):
            with pytest.raises(errors.ClientError) as refused:
                attempt()
            assert refused.value.code == 403
    assert len(emulator.documents(store)) == 1


def test_it_takes_large_files_in_chunks_of_8_mib(client: genai.Client, emulator: Emulator) -> None:
    eight = 8 << 20
    store = make_store(client)
    for size, offsets in (
        (2 * eight + 5, [("0", eight), (str(eight), eight), (str(2 * eight), 5)]),
        (eight, [("0", eight)]),
        (0, [("0", 0)]),
    ):
        add(client, store, b"x" * size, f"{size}", "text/plain")
        sent = [r for r in emulator.requests("upload") if "upload_id" in r["query"]]
        assert [(r["headers"]["x-goog-upload-offset"], r["body"]) for r in sent] == offsets
        assert {r["key"] for r in sent} == {None}
        assert emulator.documents(store)[-1].get("sizeBytes", "0") == str(size)
        emulator.forget_requests()
    with pytest.raises(errors.ClientError, match="exceeds the limit"):
        add(client, store, b"x" * 100_000_001, "large", "text/plain")


def test_it_imports_files_under_their_id(client: genai.Client, tmp_path: Path) -> None:
    path = tmp_path / "shop.txt"
    path.write_text(SHOP)
    store = make_store(client)
    file = client.files.upload(file=path, config={"display_name": "Handbook"})
    operation = client.file_search_stores.import_file(
        file_search_store_name=store,
        file_name=file.name,
        config={"custom_metadata": [{"key": "k", "string_value": "v"}]},
    )
    saved = operation.name
    assert "/upload/" not in saved
    while not operation.done:
        operation = client.operations.get(types.ImportFileOperation(name=saved))
    assert operation.response.document_name == saved.rsplit("/", 1)[1]
    [document] = client.file_search_stores.documents.list(parent=store)
    assert document.display_name == file.name.removeprefix("files/")
    assert document.custom_metadata[0].string_value == "v"
    with pytest.raises(errors.ClientError) as refused:
        client.file_search_stores.import_file(file_search_store_name=store, file_name="files/none")
    assert refused.value.code == 403


def test_it_pages_through_stores_by_twenty_at_most(client: genai.Client) -> None:
    names = [client.file_search_stores.create().name for _ in range(23)]
    assert len(set(names)) == 23
    assert [store.name for store in client.file_search_stores.list()] == names
    assert len(client.file_search_stores.list()) == 10
    assert len(client.file_search_stores.list(config={"page_size": 50})) == 20


def test_it_says_what_a_script_says(client: genai.Client, emulator: Emulator) -> None:
    emulator.script("Another's.", match="another")
    emulator.script(
        pieces=["Ja, ", "– natürlich."],
        chunks=[{"title": "T", "text": "words"}],
        supports=[("natürlich.", [0])],
        finish="MAX_TOKENS",
    )
    events = stream(client, "?", None)
    assert [e.text for e in events] == ["Ja, ", "– natürlich.", ""]
    assert events[-1].candidates[0].finish_reason == "MAX_TOKENS"
    [support] = grounding(events[-1]).grounding_supports
    assert (support.segment.start_index, support.segment.end_index) == (8, 19)
    assert ask(client, "?").text == OWN_KNOWLEDGE
    assert ask(client, "another").text == "Another's."


def test_it_keeps_a_pace_for_hundreds_at_once(client: genai.Client, emulator: Emulator) -> None:
    emulator.pace(first_ms=700, chunk_ms=5, chunks=20)
    body = b'{"contents":[{"parts":[{"text":"hello"}]}]}'
    path = f"{emulator.url}/v1/models/{MODEL}:streamGenerateContent?alt=sse"
    counts = []

    def read() -> None:
        headers = {"x-goog-api-key": emulator.key}
        with httpx2.stream("POST", path, content=body, headers=headers, timeout=20) as response:
            counts.append(sum(line.startswith("data: ") for line in response.iter_lines()))

    began = time.monotonic()
    threads = [threading.Thread(target=read) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [21] * 50
    assert 0.8 < time.monotonic() - began < 10


def test_it_notices_who_hangs_up(client: genai.Client, emulator: Emulator) -> None:
    emulator.scenario("stall", seconds=30, before_text=1)
    events = client.models.generate_content_stream(model=MODEL, contents="hello")
    next(events)
    events.close()
    patience = time.monotonic() + 5
    assert emulator.requests("generate")[-1]["outcome"] == "answering"
    while emulator.requests("generate")[-1]["outcome"] != "hung up":
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_it_starts_at_once_and_dies_with_its_parent() -> None:
    began = time.monotonic()
    code = "import os, gemini_emulator as g; print(g.Emulator().url, flush=True); os._exit(9)"
    parent = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert time.monotonic() - began < 20
    patience = time.monotonic() + 20
    while True:
        try:
            httpx2.get(parent.stdout.strip(), trust_env=False)
        except httpx2.NetworkError:  # nobody is there, or died while we asked
            break
        assert time.monotonic() < patience, "the emulator outlived its parent"
        time.sleep(0.02)
