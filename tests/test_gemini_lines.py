"""The line to Gemini: it may be silent, slow or endless, and anybody may hang up on it."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gemini_emulator import Emulator
from gemini_room import (
    ANSWER,
    QUESTION,
    ask,
    calmly,
    dripping,
    event,
    facts,
    hangs_up,
    head,
    listeners,
    readers,
    service_of,
    store_of,
)
from live import eventually

from ragwidget.chat.events import Delta, Waiting
from ragwidget.engines.file_search import GeminiEngine
from ragwidget.engines.file_search.prompts import prompt_for
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.protocol import Asked

pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


@pytest.fixture(scope="module")
def store(gemini: Emulator, reader: str) -> str:
    """A store with Alice's things in it."""
    return store_of(service_of(gemini))


def test_silence_is_told_every_second(gemini: Emulator, store: str) -> None:
    gemini.scenario("stall", seconds=1.3, before_text=1)

    began = time.monotonic()
    heard = ask(service_of(gemini, silence_seconds=5), store)

    assert 1 <= heard.pauses <= time.monotonic() - began
    assert heard.text == ANSWER


def test_who_goes_away_hangs_up_at_once(gemini: Emulator, store: str) -> None:
    gemini.scenario("stall", seconds=30, before_text=1)
    service = service_of(gemini, silence_seconds=20)
    answer = GeminiEngine(service, store, facts).answer(Asked(QUESTION, mode="balanced"))
    while not isinstance(next(answer), Delta):
        pass
    assert listeners(gemini) == 1

    answer.close()  # type: ignore[attr-defined]

    assert hangs_up(gemini, 10)
    gemini.calm()
    assert ask(service, store).text == ANSWER


def test_who_goes_away_before_the_first_word_is_hung_up_when_it_comes(
    gemini: Emulator, store: str
) -> None:
    gemini.pace(first_ms=2500)
    service = service_of(gemini, silence_seconds=20)
    answer = GeminiEngine(service, store, facts).answer(Asked(QUESTION, mode="balanced"))
    assert isinstance(next(answer), Waiting)
    while not listeners(gemini):  # a busy machine may take more than a tick to get there
        assert isinstance(next(answer), Waiting)

    answer.close()  # type: ignore[attr-defined]

    assert listeners(gemini) == 1
    assert hangs_up(gemini, 10)


def test_who_goes_away_before_the_first_word_is_hung_up_also_if_none_ever_comes(
    gemini: Emulator,
) -> None:
    with dripping(1.2, head(), 30.0) as address:
        service = service_of(gemini, base_url=address, silence_seconds=30)
        answer = GeminiEngine(service, "", facts).answer(Asked(QUESTION, mode="balanced"))
        assert isinstance(next(answer), Waiting)
        answer.close()  # type: ignore[attr-defined]

        eventually(lambda: not readers(), seconds=10)


def test_hanging_up_late_disturbs_nobody(gemini: Emulator, store: str) -> None:
    service = service_of(gemini, connections=1)
    engine = GeminiEngine(service, store, facts)
    first = engine.answer(Asked(QUESTION, mode="balanced"))
    for step in first:
        if isinstance(step, Delta) and ANSWER.endswith(step.text):
            break
    gemini.scenario("slow", delay=0.1)
    answers: list[str] = []
    other = threading.Thread(target=lambda: answers.append(ask(service, store).text))
    other.start()
    time.sleep(0.2)  # the connection is the other's by now

    first.close()  # type: ignore[attr-defined]

    other.join()
    assert answers == [ANSWER]


def test_forty_at_once_hear_their_own_answers(gemini: Emulator, store: str) -> None:
    service = service_of(gemini, silence_seconds=10)
    gemini.scenario("slow", delay=0.05)
    questions = [(QUESTION, "nine"), ("What is the deposit for a marzipan bicycle?", "fifty")] * 20

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda pair: ask(service, store, pair[0]).text, questions))

    for answer, (_, word) in zip(answers, questions, strict=True):
        assert word in answer


def test_a_reader_who_was_busy_for_long_misses_nothing(gemini: Emulator, store: str) -> None:
    gemini.pace(chunk_ms=20)
    engine = GeminiEngine(service_of(gemini, silence_seconds=2.5, answer_seconds=3), store, facts)
    text = ""
    for step in engine.answer(Asked(QUESTION, mode="balanced")):
        if isinstance(step, Delta):
            time.sleep(0 if text else 3.2)
            text += step.text

    assert text == ANSWER


def test_an_endless_answer_ends_by_our_own_clock(gemini: Emulator) -> None:
    gemini.pace(chunk_ms=30, chunks=1000)

    heard = ask(service_of(gemini, answer_seconds=1.5, silence_seconds=5), "")

    assert heard.failure
    assert heard.failure.code == "engine_stalled"
    assert "ANSWER_SECONDS" in heard.failure.hint
    assert heard.text


def test_a_line_that_drips_and_never_says_a_word_is_given_up(gemini: Emulator) -> None:
    drops = [step for _ in range(90) for step in (b"data: {" if _ == 0 else b" ", 0.1)]

    with dripping(head(), *drops) as address:
        began = time.monotonic()
        heard = ask(service_of(gemini, base_url=address, silence_seconds=0.3), "")

    assert heard.failure
    assert heard.failure.code == "engine_stalled"
    assert time.monotonic() - began < 6


MEGABYTE = b"x" * 1_000_000
UNENDING = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"


THOUGHT = {"text": MEGABYTE.decode(), "thought": True}


@pytest.mark.parametrize(
    "pieces",
    [(b"data: {", *[MEGABYTE] * 40), [event(candidates=[{"content": {"parts": [THOUGHT]}}])] * 40],
    ids=["a line", "lines"],
)
def test_a_reply_without_end_is_hung_up(gemini: Emulator, pieces: list[bytes]) -> None:
    with dripping(head(), *pieces) as address:
        service = service_of(gemini, base_url=address, silence_seconds=5, attempts=3)
        heard = ask(service, "")

        assert hangs_up(gemini, 10)
    assert heard.failure
    assert heard.failure.code == "engine_garbled"
    assert "8 MB" in heard.failure.hint


def test_a_reply_in_one_go_has_the_same_bounds(gemini: Emulator) -> None:
    prompt = prompt_for(Asked(QUESTION, mode="balanced"), "")
    with dripping(UNENDING.encode() + b"\r\n{", *[MEGABYTE] * 40) as address:
        service = service_of(gemini, base_url=address)

        with pytest.raises(ServiceFailed, match=r"engine_garbled.*8 MB"):
            service.write(prompt, 5)


def test_a_reply_is_not_blown_up_from_a_few_bytes(gemini: Emulator) -> None:
    packed = gzip.compress(b"data: " + b"x" * 50_000_000)
    top = head().replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    with dripping(top, packed) as address:
        heard = ask(service_of(gemini, base_url=address), "")

    assert heard.failure
    assert heard.failure.code == "engine_garbled"
    assert "gzip" in heard.failure.hint


@pytest.mark.parametrize("mode", ["strict", "balanced"])
def test_an_answer_of_more_words_than_anybody_reads_is_broken_off(
    gemini: Emulator, mode: str
) -> None:
    words = "At nine. " * 8_000
    events = [
        event(
            candidates=[{"content": {"parts": [{"text": words}]}}],
            usageMetadata={"candidatesTokenCount": number},
        )
        for number in range(1, 60)
    ]
    with dripping(head(), *events, 2) as address:
        service = service_of(gemini, base_url=address, silence_seconds=5, attempts=3)
        heard = ask(service, "fileSearchStores/a", mode=mode)

    assert heard.failure
    assert heard.failure.code == "engine_garbled"
    assert "200000" in heard.failure.hint
    assert len(heard.text or heard.failure.withheld) <= 200_000
    assert heard.usage.completion >= 3


def test_a_line_on_which_nobody_answers_is_given_up(gemini: Emulator) -> None:
    heard = ask(service_of(gemini, base_url="http://127.0.0.1:1"), "")

    assert heard.failure
    assert (heard.failure.code, heard.failure.passing) == ("engine_unreachable", True)
    assert "network" in heard.failure.hint


def test_when_all_connections_are_taken_it_says_so(gemini: Emulator) -> None:
    gemini.scenario("stall", seconds=3, before_text=1)
    service = service_of(gemini, connections=1, silence_seconds=3, connect_seconds=0.2)
    first = GeminiEngine(service, "", facts).answer(Asked(QUESTION, mode="balanced"))
    next(first)

    failure = ask(service, "").failure

    assert failure
    assert failure.code == "engine_busy"
    assert "RAGWIDGET_GEMINI_CONNECTIONS" in failure.hint
    first.close()  # type: ignore[attr-defined]
