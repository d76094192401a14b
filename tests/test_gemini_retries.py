"""When Gemini is asked once more: before the first words, and where it may help."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from gemini_emulator import Emulator
from gemini_room import (
    QUESTION,
    ask,
    calmly,
    service_of,
)

pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


@pytest.mark.parametrize(
    "scenario", ["overloaded", "internal", "rate_limit_bare", "refuse_connection", "empty"]
)
def test_before_the_first_words_it_asks_again(gemini: Emulator, scenario: str) -> None:
    gemini.scenario(scenario, on="generate", times=1)

    heard = ask(service_of(gemini, attempts=2), "")

    assert heard.finish.reason == "stop"
    assert heard.text
    assert len(gemini.requests("generate")) == 2


def test_what_two_attempts_have_taken_is_added_up(gemini: Emulator) -> None:
    once = ask(service_of(gemini), "").usage
    gemini.scenario("thoughts", times=1)
    gemini.scenario("early_end", times=1, before_text=1)

    twice = ask(service_of(gemini, attempts=2), "")

    assert twice.text
    assert twice.usage.prompt == 2 * once.prompt
    assert twice.usage.completion == once.completion


@pytest.mark.parametrize("scenario", ["cut", "early_end", "error_event", "stall", "bad_json"])
def test_after_the_first_words_it_never_asks_again(gemini: Emulator, scenario: str) -> None:
    gemini.pace(chunk_ms=5)
    gemini.scenario(scenario, times=1)

    heard = ask(service_of(gemini, attempts=3, silence_seconds=1), "", QUESTION)

    assert heard.failure
    assert heard.text
    assert len(gemini.requests("generate")) == 1


@pytest.mark.parametrize(
    "scenario",
    ["bad_request", "bad_key", "forbidden", "not_found", "daily_quota", "prompt_blocked"],
)
def test_what_would_fail_again_is_asked_once(gemini: Emulator, scenario: str) -> None:
    gemini.scenario(scenario, on="generate")

    assert ask(service_of(gemini, attempts=3), "").failure
    assert len(gemini.requests("generate")) == 1


def test_who_was_waited_for_in_vain_is_not_waited_for_again(gemini: Emulator) -> None:
    gemini.scenario("stall", seconds=3, before_text=0)

    heard = ask(service_of(gemini, attempts=3, silence_seconds=1), "")

    assert heard.failure
    assert heard.failure.code == "engine_stalled"
    assert len(gemini.requests("generate")) == 1


def test_it_comes_back_when_it_was_told_to(gemini: Emulator) -> None:
    gemini.scenario("rate_limit", on="generate", times=1, retry_seconds=1.3)
    began = time.monotonic()

    heard = ask(service_of(gemini, attempts=2), "")

    assert heard.text
    assert heard.pauses >= 2
    assert time.monotonic() - began >= 1.3


@pytest.mark.parametrize(("wait", "clock"), [(21, 180), (10, 8)])
def test_it_does_not_wait_for_longer_than_somebody_would(
    gemini: Emulator, wait: float, clock: float
) -> None:
    gemini.scenario("rate_limit", on="generate", retry_seconds=wait)
    began = time.monotonic()

    heard = ask(service_of(gemini, attempts=3, answer_seconds=clock), "")

    assert heard.failure
    assert heard.failure.code == "engine_busy"
    assert time.monotonic() - began < wait / 2
