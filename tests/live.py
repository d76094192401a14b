"""The real app under a real gunicorn, in processes that a test can kill.

What answers is in `counting_server.py`.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
from browsing import free_port
from cast import ALICE_SITE, parse_events
from databases import SECRET, Databases, let_go
from flask import Flask
from sharing import instance_in

# threads on PostgreSQL are besieged in test_crashes
WAYS = [
    pytest.param(("sqlite", "gthread"), id="sqlite-gthread"),
    pytest.param(("postgresql", "gevent"), id="postgresql-gevent", marks=pytest.mark.postgresql),
]
ROOT = Path(__file__).parents[1]
SERVER = Path(__file__).with_name("counting_server.py")


class Server:
    """One server that serves the app on a port of its own, by any settings."""

    def __init__(
        self, address: str, instance: Path, stderr: IO[bytes] | None = None, **settings: Any
    ) -> None:
        self.port = free_port()
        instance = instance_in(instance)
        self.broken = instance / "broken"  # while it is there, no app can be made
        given = {
            "PORT": self.port,
            "SECRET_KEY": SECRET,
            "DATABASE_URL": address,
            "INSTANCE": instance,
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        if given.get("WORKER_CLASS") == "gevent":
            given |= {"EMBEDDED_WORKER": "no", "QUEUE_URL": address}
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
                **{f"RAGWIDGET_{name}": str(value) for name, value in given.items()},
            },
            cwd=ROOT,
            stderr=stderr,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until it serves."""
        patience = time.monotonic() + 90
        while True:
            try:
                assert self.request("GET", "/readyz").status == 200
                return
            except OSError:
                assert self._process.poll() is None, "the server ended"
                assert time.monotonic() < patience, "the server never came up"
                time.sleep(0.05)

    def call(
        self, method: str, path: str, token: str | None = None, **body: Any
    ) -> http.client.HTTPResponse:
        """Send a request and return its response, unread."""
        headers = {"Origin": ALICE_SITE, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)

    def kill(self) -> None:
        """End it at once, as a machine does that loses power."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def kill_workers(self) -> None:
        """End what serves at once; its arbiter begins anew."""
        for worker in self.workers():
            worker.kill()
            worker.wait(10)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that serve."""
        return psutil.Process(self._process.pid).children()

    def reload(self) -> None:
        """Ask it to begin anew with what is installed now."""
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Ask it to end, and wait until it did."""
        self._process.terminate()
        self._process.wait(20)

    def request(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a request of any kind and return its response, unread."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        # so that closing the response hangs up
        connection.request(method, path, body, {**(headers or {}), "Connection": "close"})
        return connection.getresponse()


def watching(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Flask]:
    """Keep an eye on a database that is served in the way that a fixture is at."""
    from ragwidget.app import create_app

    database, worker_class = request.param
    databases: Databases = request.getfixturevalue(database)
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(instance_in(tmp_path_factory.mktemp("watching"))),
        DATABASE_URL=databases.copy(),
        WORKER_CLASS=worker_class,
    )
    yield app
    let_go(app)
    databases.forget()


@contextmanager
def serving(
    address: str, instance: Path, count: int = 1, **settings: Any
) -> Iterator[list[Server]]:
    """Serve the same database from several processes until the end of the block."""
    servers = [Server(address, instance / str(number), **settings) for number in range(count)]
    try:
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.kill()


def eventually(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds."""
    patience = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < patience, "it never came to be"
        time.sleep(0.05)


def hear(
    response: http.client.HTTPResponse, until: int | None = None
) -> list[tuple[int, str, dict[str, Any]]]:
    """Read events to the end, or to that number and then hang up."""
    assert response.status == 200, response.read()
    heard: list[tuple[int, str, dict[str, Any]]] = []
    block = ""
    for line in response:
        block += line.decode()
        if line == b"\n":
            heard += parse_events(block)
            block = ""
            if until and heard and heard[-1][0] >= until:
                response.close()
                break
    return heard
