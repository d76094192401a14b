"""Whatever Gemini might send, an answer ends in one of our events or in one of our codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from gemini_room import HOURS, QUESTION, REFUSAL, facts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragwidget.engines.file_search import GeminiEngine
from ragwidget.engines.gemini import Gemini, Options
from ragwidget.engines.protocol import Asked, EngineFailed

STORE = "fileSearchStores/alice"
SAID = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [{"text": "At nine."}]},
            "finishReason": "STOP",
            "index": 0,
            "groundingMetadata": {
                "groundingChunks": [
                    {
                        "retrievedContext": {
                            "title": "Hours",
                            "text": "At nine.",
                            "fileSearchStore": STORE,
                            "customMetadata": [{"key": "source_id", "stringValue": HOURS}],
                        }
                    }
                ],
                "groundingSupports": [
                    {"segment": {"endIndex": 8, "text": "At nine."}, "groundingChunkIndices": [0]}
                ],
            },
        }
    ],
    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10},
    "modelVersion": "gemini-3.8-flash",
}
ODD = st.sampled_from([None, True, -1, 10**30, 1e308, "", "\ud800", "x" * 5000, [], {}, [[]], [{}]])


class Teller(BaseHTTPRequestHandler):
    """Says what the test laid out, as the service would say it."""

    protocol_version = "HTTP/1.1"
    says = b""

    def do_POST(self) -> None:
        """Answer with one event, whatever is asked."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(Teller.says)))
        self.end_headers()
        self.wfile.write(Teller.says)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def teller() -> Iterator[str]:
    """The address of a service that says anything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Teller)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return where something stands in a reply."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in inner:
        yield (*path, key)
        if isinstance(held, dict | list):
            yield from places(held, (*path, key))


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """Make a reply with one to three things in it changed, or cut somewhere."""
    reply = json.loads(json.dumps(SAID))
    for place in draw(st.lists(st.sampled_from(list(places(SAID))), max_size=3)):
        held: Any = reply
        try:
            for key in place[:-1]:
                held = held[key]
            held[place[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
        held[place[-1]] = draw(ODD)
    text = json.dumps(reply).encode()
    cut = draw(st.none() | st.integers(0, len(text)))
    return b"data: " + text[:cut] + b"\r\n\r\n"


@pytest.mark.parametrize("reader", ["lean", "sdk"])
def test_nonsense_is_heard_without_a_traceback(teller: str, reader: str) -> None:
    service = Gemini(
        Options(key="k", base_url=teller, attempts=1, silence_seconds=2, reader=reader)
    )
    ended = set()

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(said=replies(), mode=st.sampled_from(["strict", "balanced"]))
    def try_it(said: bytes, mode: str) -> None:
        Teller.says = said
        engine = GeminiEngine(service, STORE, facts)
        try:
            steps = list(engine.answer(Asked(QUESTION, mode=mode, refusal=REFUSAL)))
        except EngineFailed as failed:
            ended.add(failed.code)
        else:
            ended.add(type(steps[-1]).__name__)

    try_it()
    service.close()
    assert "Finish" in ended
    assert len(ended) >= 3
