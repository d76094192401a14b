"""What visitors see of servers, and what they take."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.loading.pace import CHUNK_SECONDS, FIRST_SECONDS
from bench.loading.processes import process, server

LONG, SHORT = 40, 4  # chunks of a turn


@dataclass(frozen=True)
class Load:
    """Who asks what, and whom."""

    engine: str
    workers: int
    visitors: int
    seconds: float
    settings: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Run:
    """What visitors saw of a server, and what it took."""

    added: list[float]  # ms
    lags: list[float]  # ms
    chunks: int
    turns: int
    errors: dict[str, int]
    cpu: float  # seconds
    seconds: float
    memory: float  # KB per open answer

    @property
    def turn_ms(self) -> float:
        """Return what one turn took, with its words."""
        return 1000 * self.cpu / max(1, self.turns)


def measure(whats: Sequence[str], chunks: int, load: Load) -> dict[str, Run]:
    """Let visitors ask servers for a while, as many each, all at the same time."""
    environment = {**os.environ, **load.settings, "BENCH_CHUNKS": str(chunks)}
    turn_seconds = FIRST_SECONDS + (chunks - 1) * CHUNK_SECONDS
    # as many turns a second however long they are, so that they cost what they do at one load
    count = max(1, round(load.visitors * chunks / LONG / len(whats)))
    with ExitStack() as stack:
        model = stack.enter_context(process("model", environment=environment))
        address = f"http://127.0.0.1:{int(_line(model))}"
        environment["RAGWIDGET_GEMINI_BASE_URL"] = address
        servers = [
            stack.enter_context(server(what, load.engine, load.workers, environment))
            for what in whats
        ]
        crowds = [
            stack.enter_context(
                process(
                    "visitors",
                    *(each.port, load.body, count, load.seconds, turn_seconds),
                    environment=environment,
                )
            )
            for each in servers
        ]
        time.sleep(turn_seconds / 4)  # a quarter has come, and what is made once is there
        few = [each.memory() for each in servers]
        for crowd in crowds:
            _line(crowd)
        began, spent = time.monotonic(), [each.cpu() for each in servers]
        time.sleep(load.seconds - 1)
        many = [each.memory() for each in servers]
        told = [json.loads(_line(crowd)) for crowd in crowds]
        spent = [each.cpu() - before for each, before in zip(servers, spent, strict=True)]
        seconds = time.monotonic() - began
        assert all(each.is_whole() for each in servers)
    return {
        what: Run(**seen, cpu=cpu, seconds=seconds, memory=(after - before) / (0.75 * count) / 1024)
        for what, seen, cpu, before, after in zip(whats, told, spent, few, many, strict=True)
    }


def _line(running: subprocess.Popen[str]) -> str:
    assert running.stdout
    return running.stdout.readline()
