"""Pages and endpoints: what speaks HTTP."""

from __future__ import annotations

from flask import Flask, g, request
from flask_cors import CORS

from ragwidget.database import begin_reading, end_reading
from ragwidget.extensions import compress
from ragwidget.web import (
    assets,
    bodies,
    dashboard,
    failures,
    guessing,
    headers,
    health,
    hosted,
    hosts,
    openapi,
    owner,
    unsubscribe,
    visitor,
)

__all__ = ["bodies", "guessing", "hosts", "init_app"]


def init_app(app: Flask) -> None:
    """Open every door of the house."""
    failures.init_app(app)
    headers.init_app(app)
    assets.init_app(app)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # half the bytes of most languages
    # Only views that ask for it: compressed secrets beside a stranger's words can be guessed.
    app.config.update(
        COMPRESS_REGISTER=False, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=9
    )
    compress.init_app(app)
    # Any page may ask, without credentials; whether it is answered is the origin list's word.
    CORS(
        app,
        resources={r"/api/v1/(?!owner(/|$)).*": {}},
        origins="*",
        send_wildcard=True,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
        expose_headers=["ETag", "Retry-After", "X-Request-Id"],
        max_age=86400,
        supports_credentials=False,
    )
    health.init_app(app)
    app.register_blueprint(hosted.bp)
    app.register_blueprint(unsubscribe.bp)
    visitor.init_app(app)
    owner.init_app(app)
    openapi.init_app(app)
    dashboard.init_app(app)

    @app.before_request
    def promise_to_read() -> None:
        # Flask-Security also writes on GET, when a link from a mail is followed
        if request.method in bodies.SAFE and request.blueprint != "security":
            g.reading = begin_reading()

    @app.teardown_request
    def take_promise_back(_: BaseException | None) -> None:
        if token := g.pop("reading", None):
            end_reading(token)
