"""What a relayed answer costs: `python tests/bench/relay.py [--rounds 7]`.

Three readers of the same stream, in turn, in one process: the HTTP client alone, a bare loop over
the google-genai SDK, and the whole product (a question over the visitor API, kept in the database,
its events read to the end). The service is the emulator of the tests, in a process of its own.

CPU per chunk is the slope between short and long answers, so that what a turn costs once is told
apart from it. Time to the first text is measured from the question to the first word.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask
from flask_migrate import upgrade
from gemini_emulator import Emulator

from ragwidget import chatbots, gemini_keys, members
from ragwidget.app import create_app

MODEL = "gemini-3.8-flash"
QUESTION = "When does the marzipan shop open?"
SHORT, LONG = 20, 220  # chunks of an answer
ANSWERS = 4  # of each length in a round
CHUNK_MS = 3.0  # so that an answer is over before a first checkpoint is written
FIRST_MS = 50.0
FIRSTS = 30  # first texts that are waited for
MOST_TIMES_THE_SDK = 1.3
MOST_ADDED_MS = 10.0

Reader = Callable[[], Iterator[str]]  # yields the texts of one answer


def main() -> None:
    """Measure and print; fail when ours costs more than was promised."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--check", action="store_true", help="fail beyond the targets")
    told = arguments.parse_args()
    os.environ["NO_PROXY"] = "127.0.0.1"
    with Emulator() as emulator, tempfile.TemporaryDirectory() as folder:
        readers = {
            "HTTP client alone": by_client(emulator),
            "SDK, bare loop": by_sdk(emulator),
            "RagWidget, whole": by_product(emulator, Path(folder)),
        }
        costs = measure_costs(emulator, readers, told.rounds)
        firsts = measure_firsts(emulator, readers)
    times, added = report(costs, firsts)
    if told.check and (times > MOST_TIMES_THE_SDK or added > MOST_ADDED_MS):
        sys.exit("Relaying costs more than was promised.")


def by_client(emulator: Emulator) -> Reader:
    """Read the stream with httpx2, and its JSON with json."""
    import httpx2

    client = httpx2.Client(headers={"x-goog-api-key": emulator.key}, timeout=60)
    body = {"contents": [{"role": "user", "parts": [{"text": QUESTION}]}]}
    url = f"{emulator.url}/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"

    def read() -> Iterator[str]:
        with client.stream("POST", url, json=body) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    candidate = json.loads(line[6:])["candidates"][0]
                    yield "".join(
                        part.get("text", "") for part in candidate.get("content", {})["parts"]
                    )

    return read


def by_sdk(emulator: Emulator) -> Reader:
    """Read the stream with the SDK, and nothing else."""
    from google import genai
    from google.genai import types

    client = genai.Client(
        api_key=emulator.key,
        enterprise=False,
        http_options=types.HttpOptions(base_url=emulator.url, api_version="v1beta", timeout=60_000),
    )
    config = types.GenerateContentConfig(
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )

    def read() -> Iterator[str]:
        for chunk in client.models.generate_content_stream(
            model=MODEL, contents=QUESTION, config=config
        ):
            content = chunk.candidates[0].content if chunk.candidates else None
            yield "".join(
                part.text or "" for part in (content.parts if content and content.parts else [])
            )

    return read


def by_product(emulator: Emulator, folder: Path) -> Reader:
    """Ask over the visitor API, and read the events."""
    app = create_app(
        SECRET_KEY="bench-" * 8,
        INSTANCE=str(folder),
        LOG_LEVEL="ERROR",
        GEMINI_API_KEY=emulator.key,
        GEMINI_BASE_URL=emulator.url,
        VISITOR_QUESTIONS_PER_HOUR=10**6,
        ADDRESS_QUESTIONS_PER_HOUR=10**6,
        ORGANIZATION_QUESTIONS_PER_DAY=10**6,
    )
    chatbot_id = _found_chatbot(app)

    def read() -> Iterator[str]:
        client = app.test_client(use_cookies=False)
        body = {"chatbot_id": chatbot_id, "message": QUESTION}
        with client.post("/api/v1/chat", json=body, buffered=False) as response:
            for frame in response.iter_encoded():
                if b"event: delta" in frame:
                    yield frame.decode()

    return read


def _found_chatbot(app: Flask) -> str:
    with app.app_context():
        upgrade()
        _, organization = members.create_member("bench@example.org", "three kind words", "Bench")
        service = gemini_keys.gemini_for(app, organization.id)
        assert service
        chatbot = chatbots.create(organization.id, "Bench", engine="gemini", mode="balanced")
        chatbots.change(chatbot, store=service.create_store("Bench"))
        return str(chatbot.id)


def measure_costs(
    emulator: Emulator, readers: dict[str, Reader], rounds: int
) -> dict[str, tuple[float, float]]:
    """Return by reader the CPU of one chunk and of the rest of an answer, in milliseconds."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for number in range(rounds + 1):
        for name, reader in readers.items():
            spent = {}
            for chunks in (SHORT, LONG):
                emulator.pace(chunk_ms=CHUNK_MS, chunks=chunks)
                began = time.process_time()
                for _ in range(ANSWERS):
                    said = [text for text in reader() if text]
                    assert len("".join(said)) > chunks, f"{name}: {said}"
                spent[chunks] = 1000 * (time.process_time() - began) / ANSWERS
            chunk = (spent[LONG] - spent[SHORT]) / (LONG - SHORT)
            if number:  # the first round warms up
                found[name].append((chunk, spent[SHORT] - SHORT * chunk))
    return {
        name: (
            statistics.median(chunk for chunk, _ in costs),
            statistics.median(rest for _, rest in costs),
        )
        for name, costs in found.items()
    }


def measure_firsts(emulator: Emulator, readers: dict[str, Reader]) -> dict[str, list[float]]:
    """Return by reader how long the first texts took beyond the service's own time, in ms."""
    emulator.pace(first_ms=FIRST_MS, chunk_ms=CHUNK_MS, chunks=SHORT)
    found: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(FIRSTS):
        for name, reader in readers.items():
            began = time.perf_counter()
            texts = reader()
            next(text for text in texts if text)
            found[name].append(1000 * (time.perf_counter() - began) - FIRST_MS)
            for _text in texts:
                pass
    return found


def report(
    costs: dict[str, tuple[float, float]], firsts: dict[str, list[float]]
) -> tuple[float, float]:
    """Print the table; return ours over the SDK's cost of a chunk, and the first text's delay."""
    print(f"{'':<20}{'CPU a chunk':>14}{'CPU a turn':>14}{'first text after (p50, p90)':>32}")
    for name, (chunk, rest) in costs.items():
        p50 = statistics.median(firsts[name])
        p90 = statistics.quantiles(firsts[name], n=10)[-1]
        print(f"{name:<20}{chunk:>11.3f} ms{rest:>11.1f} ms{p50:>20.1f} ms{p90:>7.1f} ms")
    _, sdk, ours = costs
    times = costs[ours][0] / costs[sdk][0]
    added = statistics.median(firsts[ours]) - statistics.median(firsts[sdk])
    print(f"\nA chunk costs {times:.2f} times the SDK's own (target {MOST_TIMES_THE_SDK}).")
    print(f"The first text comes {added:.1f} ms later (target under {MOST_ADDED_MS:.0f} ms).")
    return times, added


if __name__ == "__main__":
    main()
