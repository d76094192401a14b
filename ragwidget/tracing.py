"""Traces by OpenTelemetry, where a setting says where they go: what took how long, and no words.

A request has a span until its first byte. An answer has one beneath it, from the question to the
last word, in whichever thread that is written; statements to the database stand below either.
Without the setting nothing of it is imported here, and nothing costs anything.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from sqlalchemy import Engine, event
from structlog.contextvars import get_contextvars

from ragwidget.chat.record import Ending
from ragwidget.errors import Misconfigured

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

SEND_SECONDS = 5
NANO = 1_000_000_000

_provider: TracerProvider | None = None


def init_app(app: Flask) -> None:
    """Trace every request, where `TRACES_URL` says whom to tell."""
    global _provider
    url = app.config["TRACES_URL"]
    if not url:
        return
    if importlib.util.find_spec("opentelemetry") is None:
        raise Misconfigured(
            "RAGWIDGET_TRACES_URL is set, and OpenTelemetry is not installed: "
            "pip install 'ragwidget[traces]'."
        )
    from opentelemetry import context, propagate, trace

    _provider = _provider or _begin(url)
    tracer = _provider.get_tracer("ragwidget")

    @app.before_request
    def enter() -> None:
        if request.blueprint == "health":
            return
        # a stranger must not say which trace is theirs; a proxy of ours may
        above = propagate.extract(request.headers) if app.config["TRUSTED_PROXIES"] else None
        rule = request.url_rule.rule if request.url_rule else "none"
        g.span = tracer.start_span(f"{request.method} {rule}", above, trace.SpanKind.SERVER)
        g.span.set_attributes({"http.request.method": request.method, "http.route": rule})
        g.span_token = context.attach(trace.set_span_in_context(g.span, above))

    @app.after_request
    def tell(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 500:
                g.span.set_status(trace.StatusCode.ERROR)
        return response

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if span := g.pop("span", None):
            context.detach(g.pop("span_token"))
            span.set_attributes(get_contextvars())
            span.end()


def watch(engine: Engine) -> None:
    """Trace the statements of requests and answers, without what they are filled with."""
    if _provider is None:
        return
    from opentelemetry import trace

    tracer = _provider.get_tracer("ragwidget.database")

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_c: Any, _cursor: Any, statement: str, _p: Any, running: Any, _many: bool) -> None:
        if trace.get_current_span().is_recording():
            verb = statement.split(None, 1)[0]
            running.span = tracer.start_span(verb, kind=trace.SpanKind.CLIENT)
            running.span.set_attribute("db.system.name", engine.dialect.name)
            running.span.set_attribute("db.query.text", statement)

    @event.listens_for(engine, "after_cursor_execute")
    def end(_c: Any, _cursor: Any, _statement: str, _p: Any, running: Any, _many: bool) -> None:
        if span := getattr(running, "span", None):
            span.end()

    @event.listens_for(engine, "handle_error")
    def fail(problem: Any) -> None:
        if span := getattr(problem.execution_context, "span", None):
            span.set_status(trace.StatusCode.ERROR)
            span.end()


class Answer:
    """The span of an answer: begun by its request, and ended by whoever writes its end."""

    def __init__(self) -> None:
        self._span: Span | None = None
        self._began = time.time_ns()
        if _provider is not None:
            tracer = _provider.get_tracer("ragwidget.answers")
            self._span = tracer.start_span("answer", start_time=self._began)
            self._span.set_attributes(get_contextvars())

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let what is inside stand below the answer."""
        if self._span is None:
            yield
            return
        from opentelemetry.trace import use_span

        # an exception's message may hold what was asked
        with use_span(self._span, record_exception=False, set_status_on_exception=False):
            yield

    def end(self, ending: Ending, engine: str) -> None:
        """Tell how it ended, and what of it was the engine's."""
        if self._span is None or _provider is None:
            return
        from opentelemetry.trace import StatusCode, set_span_in_context

        spoken = _provider.get_tracer("ragwidget.answers").start_span(
            f"engine {engine}", set_span_in_context(self._span), start_time=self._began
        )
        if ending.first_text_ms is not None:
            first_at = self._began + ending.first_text_ms * NANO // 1000
            spoken.add_event("first text", timestamp=first_at)
        spoken.set_attribute("tokens", ending.usage.total)
        spoken.end(self._began + ending.total_ms * NANO // 1000)
        self._span.set_attributes({"status": ending.status, "reason": ending.reason})
        if ending.status == "failed":
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def flush() -> None:
    """Send what was not sent yet, before the process goes."""
    if _provider is not None:
        _provider.force_flush(SEND_SECONDS * 1000)


def _begin(url: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "ragwidget"}))
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
