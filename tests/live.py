"""The real app under a real gunicorn, in processes that a test can kill.

The engine counts: "count to 20" is answered with the numbers from 1 to 20, a tenth of a second
apart, so that there is time to leave in the middle.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browsing import free_port
from cast import ALICE_SITE, parse_events
from databases import SECRET

from ragwidget.app import create_app
from ragwidget.chat.events import Delta
from ragwidget.engines.protocol import Asked, Finish
from ragwidget.serving import serve

PAUSE = 0.1
ROOT = Path(__file__).parents[1]


class CountingEngine:
    """Counts, without haste."""

    name = "counting"

    def answer(self, asked: Asked) -> Iterator[Delta | Finish]:
        """Count as far as the question says."""
        match = re.search(r"\d+", asked.question)
        for number in range(1, int(match[0]) + 1 if match else 1):
            time.sleep(PAUSE)
            yield Delta(f"{number} ")
        yield Finish("stop", "counting-1")


class Server:
    """One process that serves the app on a port of its own."""

    def __init__(self, address: str, instance: Path) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self.port)],
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
                "RAGWIDGET_SECRET_KEY": SECRET,
                "RAGWIDGET_DATABASE_URL": address,
                "RAGWIDGET_INSTANCE": str(instance),
                "RAGWIDGET_LOG_LEVEL": "WARNING",
            },
            cwd=ROOT,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until it serves."""
        patience = time.monotonic() + 30
        while True:
            try:
                assert self._request("GET", "/readyz").status == 200
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
        return self._request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)

    def kill(self) -> None:
        """End it at once, as a machine does that loses power."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def stop(self) -> None:
        """Ask it to end, and wait until it did."""
        self._process.terminate()
        self._process.wait(20)

    def _request(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        # so that closing the response hangs up
        connection.request(method, path, body, {**(headers or {}), "Connection": "close"})
        return connection.getresponse()


@contextmanager
def serving(address: str, instance: Path, count: int = 1) -> Iterator[list[Server]]:
    """Serve the same database from several processes until the end of the block."""
    servers = [Server(address, instance / str(number)) for number in range(count)]
    try:
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.kill()


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


if __name__ == "__main__":
    app = create_app()
    app.extensions["engine"] = CountingEngine()
    serve(app, [f"127.0.0.1:{sys.argv[1]}"])
