"""The web server: gunicorn with threads, one process of ours in it, and the worker beside it."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from ragwidget import jobs, keys
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db

DRAIN_SECONDS = 3.0
READERS = 4  # so that long files and slow uploads do not keep everybody waiting


class Server(BaseApplication):
    """gunicorn, told what to do by us and by no file or environment."""

    def __init__(self, app: Flask, wsgi: Any, options: dict[str, Any]) -> None:
        self._app = app
        self._wsgi = wsgi
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Set every option that we have an opinion on."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return what answers requests; it was made before the fork."""
        return self._wsgi


def serve(
    app: Flask,
    binds: Sequence[str],
    *,
    wsgi: Any = None,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop; jobs run in the same process when they are embedded."""
    workers: list[jobs.Worker] = []

    def begin(_worker: Any) -> None:
        with app.app_context():
            db.engine.dispose(close=False)  # connections of the parent are the parent's
        if app.config["GEMINI_API_KEY"]:
            threading.Thread(target=keys.warm_up, args=(app,), daemon=True).start()
        if app.config["EMBEDDED_WORKER"]:
            workers.append(jobs.start_worker(app, READERS))

    def end(_arbiter: Arbiter, _worker: Any) -> None:
        for worker in workers:
            worker.stop()
        app.extensions["turns"].drain(DRAIN_SECONDS)
        logging.shutdown()
        os._exit(0)  # all is written down; taking the interpreter apart would take a second more

    Server(
        app,
        wsgi or app,
        {
            "bind": list(binds),
            "worker_class": "gthread",
            "workers": 1,
            "threads": app.config["THREADS"],
            "worker_connections": 1000,
            "timeout": 60,
            "graceful_timeout": 8,  # less than the ten seconds that `docker stop` allows
            "keepalive": 5,
            "preload_app": True,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "post_worker_init": begin,
            "worker_exit": end,
            "when_ready": lambda _arbiter: when_ready(),
        },
    ).run()


def require_free(host: str, port: int, variable: str) -> None:
    """Refuse, naming the setting, when another program listens where we want to."""
    if not 0 < port < 65536:
        raise Misconfigured(f"{variable} is {port}: it should be between 1 and 65535.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise Misconfigured(
                f"Port {port} on {host} can't be used ({problem.strerror or problem}); "
                f"set {variable} to another one."
            ) from problem
