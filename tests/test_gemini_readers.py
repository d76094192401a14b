"""Both readers of Gemini's answers hear the same, and ask for it in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_emulator.scenarios import SCENARIOS
from gemini_room import (
    HOURS,
    Heard,
    ask,
    calmly,
    dripping,
    event,
    head,
    read_by,
    service_of,
    store_of,
)
from pydantic.alias_generators import to_camel

from ragwidget.engines.file_search.exchange import Prompt
from ragwidget.engines.file_search.lean.events import Events
from ragwidget.engines.file_search.lean.reply import Reply
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.protocol import Said, Usage

READERS = ("sdk", "lean")
OPTIONS = {  # of scenarios that have some
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
        "usage": [Usage(), *(step for step in heard.steps if isinstance(step, Usage))][-1],
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
        gemini.scenario(scenario, on="generate", **OPTIONS.get(scenario, {}))
        outcomes[reader] = outcome(heard_by(reader, gemini, store, silence_seconds=1))

    assert outcomes["lean"] == outcomes["sdk"]


PASSAGE = {"text": "At nine.", "customMetadata": [{"key": "source_id", "stringValue": HOURS}]}
GROUNDED = {
    "groundingChunks": [{"retrievedContext": PASSAGE}],
    "groundingSupports": [{"segment": {"endIndex": 8}, "groundingChunkIndices": [0]}],
}
ENDED = event(candidates=[{"finishReason": "STOP"}])


def saying(*parts: dict[str, Any], **candidate: Any) -> bytes:
    """Return an event with some parts of an answer."""
    return event(candidates=[{"content": {"parts": list(parts)}, **candidate}])


@pytest.mark.parametrize(
    "events",
    [
        [saying({"text": "At nine."}, finishReason="STOP", groundingMetadata=GROUNDED)],
        [saying({"text": "At nine."}, finishReason="STOP"), event(usageMetadata={})],
        [saying({"text": "a", "thought": True}, {"text": "b"}, {"x": 1}), ENDED],
        [saying({"text": "\ud800 lone \x00"}), ENDED],
        [event(usageMetadata={"promptTokenCount": "7", "candidatesTokenCount": 7.0}), ENDED],
        [event(candidates=[]), event(candidates=None), event(), saying({"text": "a"}), ENDED],
        [saying({"text": 5}), ENDED],
        [saying({"text": "a"}), b"data: [1, 2]\n\n", ENDED],
        [saying({"text": "a"}), b"data: null\n\n", ENDED],
        [saying({"text": "a"}), b'data: {"error": {"code": 503, "message": "Later."}}\n\n'],
        [saying({"text": "a"}), b'{\n"error": {\n"code": 429,\n"message": "Much."\n}\n}\n'],
        [saying({"text": "a"}), b'data: {"error": {"message": "No code."}}\n\n'],
        [saying({"text": "a"}).replace(b"\r\n", b"\r"), ENDED.replace(b"\r\n", b"\n")],
        [b'data: {"candidates": [{"content":\ndata: {"parts": [{"text": "a"}]}}]}\n\n', ENDED],
        [saying({"text": "a"}), ENDED.rstrip()],
        [saying({"text": "Gr\u00fc\u00dfe"}).replace(b"\\u00fc", b"\xff"), ENDED],
    ],
)
def test_both_hear_the_same_in_what_is_odd(gemini: Emulator, events: list[bytes]) -> None:
    outcomes = {}
    for reader in READERS:
        with dripping(head(), *events) as address:
            outcomes[reader] = outcome(heard_by(reader, gemini, "", base_url=address))

    assert outcomes["lean"] == outcomes["sdk"]


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize(
    "body", [b"", b"<html>No.</html>", b'{"error": {"message": "No."}}', b'[{"error": {}}]', b"[]"]
)
def test_both_explain_a_refusal_in_the_same_words(
    gemini: Emulator, status: int, body: bytes
) -> None:
    top = f"HTTP/1.1 {status} No\r\nConnection: close\r\n\r\n".encode()
    outcomes = {}
    for reader in READERS:
        with dripping(top + (b"" if status == 204 else body)) as address:
            heard = heard_by(reader, gemini, "", base_url=address)
            assert heard.failure
            outcomes[reader] = heard.failure.code, heard.failure.hint

    assert outcomes["lean"] == outcomes["sdk"]


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt("Answer.", (Said("visitor", "When?"),), 0.5),
        Prompt(
            "Antworte.",
            (Said("visitor", "Wann?"), Said("chatbot", "Um neun."), Said("visitor", "Und So?")),
            0.1,
            model="models/gemini-3.5-flash",
            store="fileSearchStores/alices-bicycles-123456789012",
            top_k=3,
            source_filter=f'source_id = "{HOURS}"',
            max_tokens=77,
        ),
        Prompt("Titles.", (Said("visitor", "When?"),), 0.5, schema={"type": "object"}),
    ],
)
def test_both_ask_in_the_same_words(gemini: Emulator, prompt: Prompt) -> None:
    asked = []
    for reader in READERS:
        gemini.forget_requests()
        with read_by(reader), suppress(ServiceFailed):
            line = service_of(gemini).stream(prompt)
            while line.hear(5) is not None:
                pass
        [request] = gemini.requests("streamGenerateContent")
        told = {"x-server-timeout", "x-goog-api-key", "content-type", "accept-encoding"}
        headers = {name: value for name, value in request["headers"].items() if name in told}
        asked.append((request["path"], request["query"], headers, camel(request["body"])))

    assert asked[0] == asked[1]
    assert gemini.key not in asked[1][0]


def camel(told: Any) -> Any:
    """Return what was told with all names in one spelling; the service takes either."""
    if isinstance(told, dict):
        return {to_camel(name): camel(value) for name, value in told.items()}
    return [camel(each) for each in told] if isinstance(told, list) else told


def test_a_reply_is_the_same_wherever_it_is_cut() -> None:
    words = saying({"text": "Grüße 👩‍🔧\u2028"}, groundingMetadata=GROUNDED)
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (words, ENDED))
    whole = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )

    def heard(*pieces: bytes) -> list[bytes]:
        reply, events = Reply(), Events()
        found = [data for piece in pieces for data in events.feed(reply.feed(piece))]
        assert reply.complete
        assert reply.reusable
        return found + events.end()

    usual = heard(whole)
    assert len(usual) == 2
    for cut in range(1, len(whole)):
        assert heard(whole[:cut], whole[cut:]) == usual
    assert heard(*(bytes([byte]) for byte in whole)) == usual
