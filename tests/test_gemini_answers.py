"""Answers of Gemini, through the real client: what is made of what comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_room import (
    ANSWER,
    ELSEWHERE,
    HELD,
    HOURS,
    QUESTION,
    REFUSAL,
    ask,
    calmly,
    dripping,
    event,
    facts,
    head,
    service_of,
    store_of,
)

from ragwidget.chat.events import Delta
from ragwidget.engines.file_search import GeminiEngine
from ragwidget.engines.gemini import Gemini
from ragwidget.engines.protocol import Asked, Usage

pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


@pytest.fixture(scope="module")
def service(gemini: Emulator, reader: str) -> Gemini:
    """A client of the emulator that has been used before: its first call takes longer."""
    service = service_of(gemini)
    ask(service, "")
    return service


@pytest.fixture(scope="module")
def store(service: Gemini) -> str:
    """A store with Alice's things in it."""
    return store_of(service)


def test_it_answers_from_the_store_as_it_is_written_and_says_from_where(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.pace(chunk_ms=60)

    heard = ask(service, store)

    assert heard.text == ANSWER
    assert heard.pieces > 1
    [source] = heard.sources
    assert (source.index, source.source_id, source.title) == (1, HOURS, "Source 1")
    assert heard.text[slice(*source.spans[0])] == ANSWER
    assert source.snippet == HELD[HOURS]
    assert heard.finish.reason == "stop"
    assert heard.finish.grounded is True
    assert heard.finish.model == "gemini-3.8-flash"


def test_strictly_nothing_is_said_before_its_sources_are_known(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.scenario("slow", delay=0.15)
    engine = GeminiEngine(service, store, facts)
    began, first = time.monotonic(), 0.0
    for step in engine.answer(Asked(QUESTION, mode="strict", refusal=REFUSAL)):
        first = first or (time.monotonic() - began if isinstance(step, Delta) else 0.0)

    assert first >= 0.15 * 3
    heard = ask(service, store, mode="strict")
    assert heard.text == ANSWER
    assert heard.sources
    assert heard.finish.withheld == ""


@pytest.mark.parametrize("scenario", ["no_grounding", "empty_grounding"])
def test_strictly_what_has_no_source_is_withheld(
    gemini: Emulator, service: Gemini, store: str, scenario: str
) -> None:
    gemini.scenario(scenario)

    heard = ask(service, store, mode="strict")

    assert heard.text == REFUSAL
    assert heard.sources == ()
    assert (heard.finish.reason, heard.finish.grounded) == ("refused", False)
    assert heard.finish.withheld == ANSWER


@pytest.mark.parametrize(
    ("language", "words"), [("", "Je n'ai pas trouvé"), ("de", "Dazu habe ich")]
)
def test_a_refusal_is_in_the_language_of_the_answers_or_else_in_the_visitors(
    gemini: Emulator, service: Gemini, store: str, language: str, words: str
) -> None:
    gemini.scenario("no_grounding")

    heard = ask(service, store, mode="strict", refusal="", locale="fr-CH", language=language)

    assert heard.text.startswith(words)


@pytest.mark.parametrize("mode", ["balanced", "creative"])
@pytest.mark.parametrize("scenario", ["no_grounding", "empty_grounding"])
def test_otherwise_what_has_no_source_is_said_and_marked(
    gemini: Emulator, service: Gemini, store: str, scenario: str, mode: str
) -> None:
    gemini.scenario(scenario)

    heard = ask(service, store, mode=mode)

    assert heard.text == ANSWER
    assert (heard.finish.reason, heard.finish.grounded) == ("stop", False)


@pytest.mark.parametrize("mode", ["strict", "balanced"])
def test_when_the_model_itself_refuses_it_is_a_refusal_without_sources(
    gemini: Emulator, service: Gemini, store: str, mode: str
) -> None:
    chunk = {
        "text": HELD[HOURS],
        "customMetadata": [{"key": "source_id", "stringValue": HOURS}],
    }
    gemini.script(f"**{REFUSAL.replace(chr(39), '’')}**\n", chunks=[chunk])

    heard = ask(service, store, ELSEWHERE, mode=mode)

    assert "find an answer" in heard.text
    assert heard.sources == ()
    assert (heard.finish.reason, heard.finish.withheld) == ("refused", "")


def test_passages_of_strangers_ground_nothing(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    stranger = {"text": ANSWER, "customMetadata": [{"key": "source_id", "stringValue": "x"}]}
    gemini.script(ANSWER, chunks=[stranger, {"text": ANSWER}], supports=[(ANSWER, [0, 1])])

    heard = ask(service, store, mode="strict")

    assert heard.text == REFUSAL
    assert heard.finish.withheld == ANSWER


@pytest.mark.parametrize(
    "scenario",
    [
        "bad_indices",
        "bad_offsets",
        "missing_title",
        "duplicate_chunks",
        "unknown_fields",
        "intermediate_stop",
        "thoughts",
        "tool_parts",
        "split_every_byte",
        "continuation",
    ],
)
@pytest.mark.filterwarnings("ignore:.* is not a valid")
def test_nothing_that_the_service_may_add_or_leave_out_changes_the_answer(
    gemini: Emulator, service: Gemini, store: str, scenario: str
) -> None:
    usual = ask(service, store)
    gemini.scenario(scenario)

    heard = ask(service, store)

    assert heard.text.startswith(ANSWER)
    assert heard.sources[0] == usual.sources[0]
    assert len(heard.sources) == 1
    assert heard.finish == usual.finish


@pytest.mark.parametrize("mode", ["balanced", "creative"])
def test_passages_without_a_place_in_the_answer_are_listed(
    gemini: Emulator, service: Gemini, store: str, mode: str
) -> None:
    gemini.scenario("chunks_without_supports")

    heard = ask(service, store, mode=mode)

    assert [source.spans for source in heard.sources] == [()]
    assert heard.text == ANSWER


@pytest.mark.parametrize(
    "supports",
    [
        [],
        [{"segment": {"endIndex": 9, "text": "Elsewhere"}, "groundingChunkIndices": [0]}],
        [{"segment": {"endIndex": 9}, "groundingChunkIndices": [1, 7]}],
        [{"segment": {"endIndex": 9}, "groundingChunkIndices": []}],
    ],
)
def test_strictly_passages_that_support_nothing_of_the_answer_ground_nothing(
    gemini: Emulator, service: Gemini, store: str, supports: list[dict[str, Any]]
) -> None:
    chunks = [
        {"text": HELD[HOURS], "customMetadata": [{"key": "source_id", "stringValue": HOURS}]},
        {"text": "A stranger's."},
    ]
    said = "Gitega is the capital of Burundi."
    gemini.script(said, chunks=chunks, supports=supports)

    heard = ask(service, store, mode="strict")

    assert heard.text == REFUSAL
    assert heard.sources == ()
    assert (heard.finish.reason, heard.finish.grounded) == ("refused", False)
    assert heard.finish.withheld == said


def test_strictly_an_answer_of_which_a_part_is_supported_is_said(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    chunk = {"text": HELD[HOURS], "customMetadata": [{"key": "source_id", "stringValue": HOURS}]}
    gemini.script("In short: at nine. Welcome!", chunks=[chunk], supports=[("at nine.", [0])])

    heard = ask(service, store, mode="strict")

    assert heard.text == "In short: at nine. Welcome!"
    assert [source.spans for source in heard.sources] == [((10, 18),)]


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus Köln – 日本語 👩‍🔧! At nine.",
        "a\u2028b\u2029c\x85d\u200be. \x00 At nine.",
        '<script>alert(1)</script> &amp; {"json": [1]} \\u0041 At nine.',
        '\r\n\r\ndata: {"error": 1}\r\n\r\nevent: done\n\nAt nine.',
        "שלום 🇮🇱 cafe\u0301 At nine.",
    ],
)
@pytest.mark.parametrize("mode", ["strict", "balanced"])
def test_it_is_heard_the_same_by_the_byte(
    gemini: Emulator, service: Gemini, store: str, text: str, mode: str
) -> None:
    chunk = {
        "text": f"\u2028{text}",
        "customMetadata": [{"key": "source_id", "stringValue": HOURS}],
    }
    answers = []
    for scenarios in ([], ["split_every_byte"]):
        gemini.script(text, chunks=[chunk], supports=[("At nine.", [0])])
        for scenario in scenarios:
            gemini.scenario(scenario)
        answers.append(ask(service, store, mode=mode))

    whole, bytewise = answers
    assert whole.text == text.replace("\0", " ")
    units = whole.text.encode("utf-16-le")
    [[start, end]] = whole.sources[0].spans
    assert units[start * 2 : end * 2].decode("utf-16-le") == "At nine."
    assert bytewise.text == whole.text
    assert bytewise.sources == whole.sources
    assert bytewise.finish == whole.finish


def test_line_separators_break_no_stream(gemini: Emulator, service: Gemini, store: str) -> None:
    gemini.scenario("line_separators")

    heard = ask(service, store)

    assert "\u2028" in heard.text
    assert "\u2028" in heard.sources[0].snippet
    assert heard.finish.reason == "stop"


def test_a_line_that_breaks_after_a_token_is_taken_up_again(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.scenario("continuation", drop=True)

    heard = ask(service, store)

    assert heard.text == ANSWER
    assert heard.finish.reason == "stop"
    assert len(gemini.requests("streamGenerateContent")) == 2


def test_what_it_takes_is_told_as_it_grows_and_as_it_is_counted_last(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.pace(chunk_ms=60)

    heard = ask(service, store)

    told = [step for step in heard.steps if isinstance(step, Usage)]
    assert told[0].completion < told[-1].completion
    assert heard.usage.tools > 0
    assert heard.usage.thoughts == 60
    assert heard.usage.prompt > 0


def test_what_it_has_taken_is_told_before_the_words_that_took_it(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.pace(chunk_ms=20, chunks=12)
    answer = GeminiEngine(service, store, facts).answer(Asked(QUESTION, mode="balanced"))
    text, told = "", Usage()
    for step in answer:
        if isinstance(step, Usage):
            told = step
        if isinstance(step, Delta):
            text += step.text
            assert told.completion == -(-len(text) // 4)

    assert text.startswith(ANSWER)


@pytest.mark.parametrize("mode", ["strict", "balanced"])
@pytest.mark.parametrize("scenario", ["cut", "bad_json", "error_event", "early_end"])
def test_what_a_broken_answer_has_taken_is_told_to_the_last_token(
    gemini: Emulator, service: Gemini, store: str, scenario: str, mode: str
) -> None:
    gemini.pace(chunk_ms=20, chunks=12)
    gemini.scenario(scenario, before_text=6)

    heard = ask(service, store, mode=mode)

    assert heard.failure
    said = heard.text or heard.failure.withheld
    assert said
    assert heard.usage.completion == -(-len(said) // 4)


def test_a_tired_answer_that_has_words_is_an_answer_cut_short(
    gemini: Emulator, service: Gemini, store: str
) -> None:
    gemini.scenario("max_tokens")

    heard = ask(service, store)

    assert ANSWER.startswith(heard.text)
    assert heard.finish.reason == "max_tokens"


def test_what_was_said_in_the_middle_counts_if_the_end_does_not_say_it(gemini: Emulator) -> None:
    passage = {
        "text": HELD[HOURS],
        "customMetadata": [{"key": "source_id", "stringValue": HOURS}],
    }
    said = {"content": {"role": "model", "parts": [{"text": "At nine."}]}}
    middle = {
        "finishReason": "STOP",
        "groundingMetadata": {
            "groundingChunks": [{"retrievedContext": passage}],
            "groundingSupports": [{"segment": {"endIndex": 8}, "groundingChunkIndices": [0]}],
        },
    }
    events = [
        event(candidates=[said | middle], usageMetadata={"promptTokenCount": 7}, modelVersion="x"),
        event(candidates=[{"content": {}, "groundingMetadata": {}}]),
        event(usageMetadata={"promptTokenCount": 9}),
    ]

    with dripping(head(), *events) as address:
        heard = ask(service_of(gemini, base_url=address), "")

    assert heard.text == "At nine."
    assert [source.spans for source in heard.sources] == [((0, 8),)]
    assert (heard.finish.reason, heard.finish.model) == ("stop", "x")
    assert heard.usage.prompt == 9
