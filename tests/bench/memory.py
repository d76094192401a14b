"""What an idle installation and an open answer take: `python tests/bench/memory.py`.

Memory is PSS, which counts what processes share once. First the whole of ours without a visitor:
as it is by default, and grown up (a web process, and a worker of its own, on PostgreSQL). Then
what each of many open answers adds, under either kind of worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from bench.shelves import postgresql_server
from cast import owner
from databases import SECRET, PostgreSQL, let_go
from live import Server, serving

from ragwidget.app import create_app

IDLE_SECONDS = 20
MOST_IDLE_MB, MOST_IDLE_CPU = 200, 0.01  # of one core
FEW, VISITORS = 20, 200
MOST_KB = {"gthread": 120, "gevent": 60}


def main() -> None:
    """Measure and print; fail beyond the targets when asked with --check."""
    missed = []
    with tempfile.TemporaryDirectory() as folder, postgresql_server() as address:
        database = PostgreSQL(address, Path(folder))
        print(f"{'':<34}{'PSS, MB':>10}{'CPU of a core':>16}")
        for name, commands, settings in (
            ("idle, by default", ["serve"], {}),
            ("idle, grown up", ["serve", "worker"], _grown_up(database.copy())),
        ):
            megabytes, cpu = idle(commands, Path(folder) / name, settings)
            print(f"{name:<34}{megabytes:>10.0f}{100 * cpu:>14.2f} %")
            if megabytes > MOST_IDLE_MB or cpu > MOST_IDLE_CPU:
                missed.append(name)
        print(f"\n{'':<34}{'KB each':>10}")
        for worker_class, most in MOST_KB.items():
            each = open_answer(worker_class, database.copy(), Path(folder) / worker_class)
            print(f"{f'{VISITORS} open answers, {worker_class}':<34}{each:>10.0f} (most {most})")
            if each > most:
                missed.append(worker_class)
    if "--check" in sys.argv and missed:
        sys.exit(f"Missed: {', '.join(missed)}.")


def idle(commands: list[str], folder: Path, settings: dict[str, str]) -> tuple[float, float]:
    """Return what commands of ours take while nobody comes."""
    given = {"SECRET_KEY": SECRET, "INSTANCE": str(folder), "PORT": "8765", **settings}
    environment = os.environ | {f"RAGWIDGET_{name}": value for name, value in given.items()}
    subprocess.run(
        [sys.executable, "-m", "ragwidget.cli", "migrate"],
        env=environment,
        check=True,
        capture_output=True,
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "ragwidget.cli", command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        time.sleep(15)  # until all of it has come up
        processes = [each for one in started for each in _family(one.pid)]
        before = _cpu(processes)
        time.sleep(IDLE_SECONDS)
        return _pss(processes) / 1e6, (_cpu(processes) - before) / IDLE_SECONDS
    finally:
        for one in started:
            one.terminate()
            one.wait(60)


def open_answer(worker_class: str, address: str, folder: Path) -> float:
    """Return how many KB each of many answers takes while it is told."""
    with (
        _house(address, folder) as chatbot_id,
        serving(address, folder, WORKER_CLASS=worker_class, ADDRESS_QUESTIONS_PER_HOUR=10_000) as [
            server
        ],
    ):
        processes = server.workers()
        told, held = [], []
        for count in (FEW, VISITORS):  # with a few, what is made once is there
            told += [_begun(server, chatbot_id, "count to 600") for _ in range(count - len(told))]
            time.sleep(3)
            held.append(_pss(processes))
        for answer in told:
            answer.close()
        return (held[1] - held[0]) / (VISITORS - FEW) / 1024


@contextmanager
def _house(address: str, folder: Path) -> Iterator[str]:
    app = create_app(
        TESTING=True, SECRET_KEY=SECRET, INSTANCE=str(folder / "eye"), DATABASE_URL=address
    )
    with app.app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
    yield chatbot_id
    let_go(app)


def _begun(server: Server, chatbot_id: str, question: str):
    return server.call("POST", "/chat", chatbot_id=chatbot_id, message=question)


def _grown_up(address: str) -> dict[str, str]:
    return {"DATABASE_URL": address, "QUEUE_URL": address, "EMBEDDED_WORKER": "no"}


def _family(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def _pss(processes: list[psutil.Process]) -> int:
    return sum(each.memory_full_info().pss for each in processes)


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


if __name__ == "__main__":
    main()
