"""How the program speaks to its operator: one event a line, with the ids of what it is about.

Nothing that a visitor or a member typed is ever logged, at no level.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from ragwidget import faults
from ragwidget.models.base import new_id

log = structlog.get_logger("ragwidget")

WITHOUT_WORDS = structlog.processors.ExceptionRenderer(
    lambda exc_info: faults.story_of(exc_info[1])
)
_UNREADABLE = re.compile(r"Invalid request from ip=\S+: ([^'\"]*)")  # then it quotes the request
FOR_PROGRAMS = {"static", "health.healthz", "health.readyz", "health.get_metrics"}


def configure(level: str, style: str) -> None:
    """Write every log of the process to standard error, as JSON or for people.

    The level is that of our own words: libraries tell of statements, headers and bodies when they
    are asked for details, and what they say below a warning is nobody's to read.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                WITHOUT_WORDS,
                renderer,
            ],
        )
    )
    root, ours = logging.getLogger(), logging.getLogger("ragwidget")
    root.handlers = [handler]
    ours.setLevel(level.upper())
    root.setLevel(max(ours.level, logging.WARNING))
    server = logging.getLogger("gunicorn.error")
    server.handlers, server.propagate = [], True
    server.addFilter(_without_words)
    threading.excepthook = _tell_of_thread


def about(**what: UUID | None) -> None:
    """Have all that is logged from here on, for this request or job, say what it is about."""
    bind_contextvars(**{f"{name}_id": str(value) for name, value in what.items() if value})


def init_app(app: Flask) -> None:
    """Give every request an id, and log how it went."""

    @app.before_request
    def begin() -> None:
        clear_contextvars()
        g.began = perf_counter()
        g.request_id = new_id().hex
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in FOR_PROGRAMS or response.status_code >= 500:
            log.info(
                "request",
                method=request.method,
                path=path(),
                status=response.status_code,
                ms=round((perf_counter() - g.get("began", perf_counter())) * 1000, 1),
            )
        return response


def _without_words(record: logging.LogRecord) -> bool:
    """Take out of what gunicorn says of a request what somebody searched for, or sent as one."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args
        )
    if unreadable := _UNREADABLE.match(str(record.msg)):
        record.msg = f"a request can't be read: {unreadable[1].rstrip(': ')}"
    return True


def _tell_of_thread(ended: threading.ExceptHookArgs) -> None:
    name = ended.thread.name if ended.thread else ""
    log.error("a thread ended", thread=name, exc_info=ended.exc_value)


def path() -> str:
    """Return the path that was asked for, without the tokens that links from our mails carry."""
    if request.url_rule and "token" in (request.view_args or {}):
        return request.url_rule.rule
    return request.path
