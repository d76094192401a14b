"""Several processes count together, and any of them tells for all."""

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from browsing import free_port
from cast import owner
from flask import Flask
from live import Server, eventually, hear, serving
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token that only Prometheus has"


@pytest.mark.parametrize(
    ("kind", "worker_class"),
    [
        ("sqlite", "gthread"),
        pytest.param("postgresql", "gevent", marks=pytest.mark.postgresql),
    ],
)
def test_any_process_tells_what_all_of_them_counted(
    kind: str,
    worker_class: str,
    request: pytest.FixtureRequest,
    make_app: Callable[..., Flask],
    valkey: str,
    tmp_path: Path,
) -> None:
    address = request.getfixturevalue(kind).copy()
    with make_app(address).app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
    port = free_port()

    def stands(name: str) -> float:
        return sum(
            sample.value
            for family in text_string_to_metric_families(read(port))
            for sample in family.samples
            if sample.name == name
        )

    def ask(server: Server, count: int) -> None:
        hear(server.call("POST", "/chat", chatbot_id=chatbot_id, message=f"count to {count}"))

    settings = {"METRICS_PORT": port, "METRICS_TOKEN": TOKEN, "LIMITS_URL": valkey, "WORKERS": 2}
    with serving(address, tmp_path, WORKER_CLASS=worker_class, **settings) as (server,):
        for _ in range(8):  # both of them get some: each request comes by its own connection
            ask(server, 2)
        assert {stands("ragwidget_turns_total") for _ in range(8)} == {8}
        assert {stands("ragwidget_chunks_total") for _ in range(8)} == {16}
        left_open = server.call("POST", "/chat", chatbot_id=chatbot_id, message="count to 100")
        assert left_open.read(3) == b"id:"
        assert stands("ragwidget_open_streams") == 1
        places = stands("ragwidget_stream_places")

        busy = max(server.workers(), key=lambda worker: visitors(worker, server.port))
        busy.kill()
        busy.wait(10)

        assert stands("ragwidget_open_streams") == 0
        assert stands("ragwidget_turns_total") == 8
        ask(server, 1)
        assert stands("ragwidget_turns_total") == 9
        eventually(lambda: stands("ragwidget_stream_places") == places)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            read(port, token="")


def visitors(worker: psutil.Process, port: int) -> int:
    """Return how many a process has on the line."""
    lines = worker.net_connections()
    return sum(line.raddr != () and line.laddr.port == port for line in lines)


def read(port: int, token: str = TOKEN) -> str:
    """Return the page of metrics."""
    page = urllib.request.Request(
        f"http://127.0.0.1:{port}/", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(page, timeout=10) as answer:
        return answer.read().decode()
