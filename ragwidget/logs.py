"""How the program speaks to its operator: one event a line, with the request's id."""

from __future__ import annotations

import logging
import sys
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from ragwidget.models.base import new_id

log = structlog.get_logger("ragwidget")

# the variables of a frame hold passwords, tokens and the links of mails
WITHOUT_LOCALS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure(level: str, style: str) -> None:
    """Write every log of the process to standard error, as JSON or for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [WITHOUT_LOCALS, structlog.processors.JSONRenderer()]
        if style == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("huey", "alembic", "flask_limiter", "httpx2", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


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
        if request.endpoint not in {"static", "health.healthz"}:
            log.info(
                "request",
                method=request.method,
                path=_path(),
                status=response.status_code,
                ms=round((perf_counter() - g.get("began", perf_counter())) * 1000, 1),
            )
        return response


def _path() -> str:
    """Return the path that was asked for, without the tokens that links from our mails carry."""
    if request.url_rule and "token" in (request.view_args or {}):
        return request.url_rule.rule
    return request.path
