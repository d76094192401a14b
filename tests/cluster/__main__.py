"""Run a cluster with the demonstration in it: `python -m cluster [--port 8080]`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from types import FrameType

from flask import Flask

from ragwidget import logs
from ragwidget.demo import seed

from . import Cluster, running


def main() -> int:
    """Run it until Ctrl-C, or until a part of it ends; return the status of the program."""
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where nginx listens")
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, _interrupt)
    logs.configure("WARNING", "console")
    chatbots: list[str] = []

    def people(app: Flask) -> None:
        chatbots.append(str(seed.once(app, f"http://127.0.0.1:{port}")))

    try:
        with running(people, port=port) as cluster:
            _tell(cluster, chatbots[0])
            while all(machine.running for machine in cluster.machines):
                time.sleep(0.5)
            for machine in cluster.machines:
                if not machine.running:
                    print(f"{machine.name} has ended:\n{machine.said()}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return 0
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1


def _tell(cluster: Cluster, chatbot_id: str) -> None:
    nodes = " and ".join(f"127.0.0.1:{node.port}" for node in cluster.nodes)
    print(
        f"\n  Dashboard   {cluster.address}/dashboard/   (sign in: {seed.EMAIL} / {seed.PASSWORD})"
        f"\n  Chat        {cluster.address}/c/{chatbot_id}"
        f"\n  Behind it   nginx before web nodes on {nodes}, a worker, PostgreSQL and Valkey"
        f"\n  Logs        {cluster.folder}"
        "\n  Stop        Ctrl-C\n",
        flush=True,
    )


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
