"""The processes of a measurement: begun, awaited, watched and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

TESTS = Path(__file__).parents[2]
START_SECONDS = 60
SETTLE_SECONDS = 3  # for the slowest worker, and for what workers do behind their start


@contextmanager
def process(
    name: str, *told: object, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a module of this folder beside us."""
    running = subprocess.Popen(
        [sys.executable, "-m", f"bench.loading.{name}", *map(str, told)],
        cwd=TESTS,
        env={**environment, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(running.pid).children(recursive=True):
                child.kill()
            running.kill()
            running.communicate()


@dataclass(frozen=True)
class Server:
    """A server that is ready, and its web processes."""

    port: int
    master: psutil.Process
    workers: list[psutil.Process]

    def cpu(self) -> float:
        """Return the seconds that its web processes have taken."""
        times = [worker.cpu_times() for worker in self.workers]
        return sum(each.user + each.system for each in times)

    def memory(self) -> int:
        """Return the bytes that they hold."""
        return sum(worker.memory_full_info().pss for worker in self.workers)

    def is_whole(self) -> bool:
        """Tell whether none of them has been replaced."""
        return self.workers == self.master.children()


@contextmanager
def server(
    what: str, engine: str, workers: int, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Run one of the servers; yield it when it serves."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    instance = Path(environment["RAGWIDGET_INSTANCE"], what)
    told = {**environment, "RAGWIDGET_PORT": str(port), "RAGWIDGET_INSTANCE": str(instance)}
    with process("server", what, engine, environment=told) as master:
        yield _ready(psutil.Process(master.pid), port, workers)


def _ready(master: psutil.Process, port: int, count: int) -> Server:
    patience = time.monotonic() + START_SECONDS
    while time.monotonic() < patience:
        workers = master.children()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as reply:
                if reply.status == 200 and len(workers) == count:
                    time.sleep(SETTLE_SECONDS)
                    return Server(port, master, workers)
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The server never came up.")
