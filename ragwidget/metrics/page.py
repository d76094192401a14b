"""What Prometheus reads: what was counted, and how things stand at this moment."""

from __future__ import annotations

import hmac
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ragwidget import metrics
from ragwidget.metrics import sharing
from ragwidget.metrics.metric import COUNTED
from ragwidget.readiness import Readiness

SLOW_SECONDS = 5

log = structlog.get_logger("ragwidget.metrics")

Page = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Now(Collector):
    """How things stand when somebody asks."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def collect(self) -> Iterator[Any]:
        """Yield what is within reach, what waits, and what our processes take."""
        parts, waiting = self._readiness.parts(), self._readiness.waiting()
        yield metrics.READY.family({(part,): reached for part, reached in parts.items()})
        yield metrics.WAITING.family({(what,): count for what, count in waiting.items()})
        taken = {pid: _taken(pid) for pid in sharing.living()}
        for seen in (metrics.CPU, metrics.MEMORY, metrics.FILES):
            yield seen.family(
                {(str(pid),): took[seen.name] for pid, took in taken.items() if seen.name in took}
            )


class Listener(socketserver.ThreadingMixIn, WSGIServer):
    """Any process of ours may answer on the port; each of them can tell for all."""

    allow_reuse_port = True
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Neither logs who reads, nor waits for ever for whoever does not."""

    timeout = SLOW_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def page(readiness: Readiness) -> Page:
    """Return the page, as a WSGI app for whoever may read it."""
    registry = CollectorRegistry()
    registry.register(Now(readiness))  # first, because it forgets who is dead
    folder = sharing.folder()
    registry.register(MultiProcessCollector(None, str(folder)) if folder else COUNTED)
    return make_wsgi_app(registry)


def may_read(token: str, authorization: str) -> bool:
    """Tell whether somebody brings the token; takes as long for a near miss as for any other."""
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def begin(app: Flask) -> None:
    """Count together with the other processes, where anybody may read it; behind the fork."""
    port, token = app.config["METRICS_PORT"], app.config["METRICS_TOKEN"]
    if not (port or token):
        return
    sharing.share(app.config["INSTANCE"])
    if port:
        _listen(app, app.config["METRICS_HOST"], port, token)


def _listen(app: Flask, host: str, port: int, token: str) -> None:
    """Answer on a port, in a thread of this process."""
    shown = page(app.extensions["readiness"])

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if token and not may_read(token, environ.get("HTTP_AUTHORIZATION", "")):
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
            return [b""]
        return shown(environ, start_response)

    try:
        listener = Listener((host, port), Quiet)
    except OSError as problem:
        log.error("metrics can't be read", port=port, problem=problem.strerror)
        return
    listener.set_app(answer)
    threading.Thread(target=listener.serve_forever, name="metrics", daemon=True).start()


def _taken(pid: int) -> dict[str, float]:
    """Return what a process takes, as far as the system tells."""
    families = ProcessCollector(pid=lambda: pid, registry=None).collect()
    return {sample.name: sample.value for family in families for sample in family.samples}
