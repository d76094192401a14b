"""The web server: gunicorn, told by `gunicorn.conf.py`, and embedded jobs beside it.

Nothing here imports Flask or the app: they are made in each worker, behind its fork and behind
what gevent changes, so that a reload brings new code.
"""

from __future__ import annotations

import gc
import importlib.util
import logging
import resource
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import Application
from gunicorn.errors import AppImportError

from ragwidget.errors import Misconfigured
from ragwidget.serving.arbiter import Arbiter
from ragwidget.serving.embedded import EmbeddedJobs

if TYPE_CHECKING:
    from flask import Flask

CONFIGURATION = Path(__file__).parents[2] / "gunicorn.conf.py"
WORKER_CLASSES = {
    "gthread": "ragwidget.serving.threads.ThreadWorker",
    "gevent": "ragwidget.serving.greenlets.GreenletWorker",
}
LAST_WORDS_SECONDS = 5  # in which answers that can't be finished are written down as they are
MOST_FILES = 65536
# New objects until the young, the older and all are looked through for circles: an answer makes a
# handful of those, and to look through a thousand answers stops them all for a tenth of a second.
GARBAGE = (5000, 10, 50)


class Server(Application):
    """gunicorn with our configuration, and an app that each worker makes for itself."""

    def __init__(
        self,
        create: Callable[[], Flask],
        wrap: Callable[[Flask], Any],
        options: Mapping[str, Any],
    ) -> None:
        self._create = create
        self._wrap = wrap
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Read the configuration, then what is only known here."""
        self.load_config_from_file(str(CONFIGURATION))
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make what answers requests; its refusal to be made is one sentence."""
        gc.disable()  # until it serves: what is being made is no garbage, and looked through often
        try:
            self.house = self._create()
        except Misconfigured as problem:
            raise AppImportError(str(problem)) from problem
        return self._wrap(self.house)

    def run(self) -> None:
        """Serve until told to stop."""
        Arbiter(self).run()


def serve(
    settings: Mapping[str, Any],
    create: Callable[[], Flask],
    *,
    binds: Sequence[str] = (),
    wrap: Callable[[Flask], Any] = lambda app: app,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until told to stop; jobs run beside it when they are embedded.

    `create` makes the app, in each worker anew; `wrap` may put something around it. Refuses with
    `Misconfigured` what would not hold.
    """
    check(settings)
    options: dict[str, Any] = {"when_ready": lambda _arbiter: when_ready()}
    if binds:
        options["bind"] = list(binds)
    Server(create, wrap, options).run()


def begin(worker: Any) -> None:
    """Start what runs beside the requests, in a worker that has just made its app."""
    from ragwidget import metrics
    from ragwidget.extensions import db
    from ragwidget.metrics import page

    app: Flask = getattr(worker.app, "house", worker.wsgi)
    worker.house = app
    with app.app_context():
        db.engine.dispose(close=False)  # where the app was made before the fork
    page.begin(app)
    metrics.STREAM_PLACES().set(app.extensions["stream-count"])
    logging.getLogger("gunicorn.error").addFilter(_is_worth_a_line)
    if app.config["GEMINI_API_KEY"]:
        from ragwidget import gemini_keys

        threading.Thread(target=gemini_keys.warm_up, args=(app,), daemon=True).start()
    worker.jobs = EmbeddedJobs(app)
    if app.config["EMBEDDED_WORKER"]:
        worker.jobs.begin()
    gc.enable()
    gc.collect()
    gc.freeze()  # what is there stays; to look all of it through again would stop every answer
    gc.set_threshold(*GARBAGE)


def address(settings: Mapping[str, Any]) -> str:
    """Return where we listen, as gunicorn spells it."""
    host = settings["HOST"]
    return f"[{host}]:{settings['PORT']}" if ":" in host else f"{host}:{settings['PORT']}"


def check(settings: Mapping[str, Any]) -> None:
    """Refuse what would not hold, naming the setting; allow as many open files as we may."""
    if settings["WORKERS"] < 1 or settings["THREADS"] < 4:
        raise Misconfigured(
            "RAGWIDGET_WORKERS should be at least 1, and RAGWIDGET_THREADS at least 4."
        )
    if settings["WORKERS"] > 1 and settings["LIMITS_URL"].startswith("memory"):
        raise Misconfigured(
            f"RAGWIDGET_WORKERS is {settings['WORKERS']}, and each would count limits for itself; "
            "set RAGWIDGET_LIMITS_URL to redis://…, where they count together."
        )
    if settings["WORKER_CLASS"] == "gevent":
        _check_gevent(settings)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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


def _check_gevent(settings: Mapping[str, Any]) -> None:
    said = "RAGWIDGET_WORKER_CLASS is gevent"
    if not settings["DATABASE_URL"].startswith("postgresql"):
        raise Misconfigured(
            f"{said}, and whoever waits for SQLite would keep everybody waiting; "
            "set RAGWIDGET_DATABASE_URL to postgresql+psycopg://…, or leave it at gthread."
        )
    if settings["EMBEDDED_WORKER"] or not settings["QUEUE_URL"]:
        raise Misconfigured(
            f"{said}, and jobs need processes of their own then; set RAGWIDGET_EMBEDDED_WORKER "
            "to no and RAGWIDGET_QUEUE_URL to postgresql://… or redis://…, and run "
            "`ragwidget worker` beside it."
        )
    if importlib.util.find_spec("gevent") is None:
        raise Misconfigured(f"{said}, which is not installed: pip install 'ragwidget[gevent]'.")


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Pass over what gunicorn says of visitors who were so slow that they were left."""
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError | BlockingIOError))
