"""Both readers of Gemini's answers hear the same, and ask for it in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_emulator.scenarios import SCENARIOS
from gemini_room import (
    Heard,
    ask,
    calmly,
    read_by,
    service_of,
    store_of,
)

from ragwidget.chat.events import Delta

READERS = ("sdk", "lean")
ODD_WORDS = 'Grüße\u2028👩‍🔧 {"a": [1]}\r\n\r\ndata: x\n\n'
KEEPS_LINES = {  # what happens before an answer begins, with its options
    "stall": {"seconds": 30},
    "slow": {"delay": 0.01},
    "unknown_fields": {"finish": "NOBODY_KNOWS_THIS_ONE_YET"},
    "error_event": {"code": 429},
    "rate_limit": {"retry_seconds": 0.1},
}


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


@pytest.fixture(scope="module")
def store(gemini: Emulator) -> str:
    """A store with Alice's things in it."""
    return store_of(service_of(gemini))


def heard_by(reader: str, emulator: Emulator, store: str, **options: Any) -> Heard:
    """Return what a reader hears."""
    with read_by(reader):
        return ask(service_of(emulator, **options), store)


def outcome(heard: Heard) -> dict[str, Any]:
    """Return all that can be told of an answer, but in how many pieces it came."""
    failure = heard.failure
    return {
        "text": heard.text,
        "sources": heard.sources,
        "usage": heard.usage if any(not isinstance(s, Delta) for s in heard.steps) else None,
        "finish": None if failure else heard.finish,
        "failure": failure
        and (failure.code, failure.message, failure.retryable, failure.passing, failure.withheld),
        "hint": failure and re.sub(r" \(“.*", "", failure.hint, flags=re.DOTALL),
    }


@pytest.mark.parametrize(
    "scenario", [n for n, (on, _) in SCENARIOS.items() if on != "upload_start"]
)
@pytest.mark.filterwarnings("ignore:.* is not a valid")
def test_both_hear_the_same_in_every_scenario(gemini: Emulator, store: str, scenario: str) -> None:
    outcomes = {}
    for reader in READERS:
        gemini.calm()
        gemini.scenario(scenario, on="generate", **KEEPS_LINES.get(scenario, {}))
        outcomes[reader] = outcome(heard_by(reader, gemini, store, silence_seconds=0.3))

    assert outcomes["lean"] == outcomes["sdk"]
