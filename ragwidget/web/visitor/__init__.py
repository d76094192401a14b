"""What the widget asks for, from other people's pages: the visitor API, version 1."""

from __future__ import annotations

from threading import BoundedSemaphore

from flask import Flask

from ragwidget.extensions import csrf
from ragwidget.web.visitor import answers, chatbots, identify, threads
from ragwidget.web.visitor.door import bp

KEPT_FREE = 8  # threads that streams never take, for everything else


def init_app(app: Flask) -> None:
    """Open the visitor API. It takes tokens and never cookies, so there is no CSRF to fear."""
    app.extensions["stream-places"] = BoundedSemaphore(max(2, app.config["THREADS"] - KEPT_FREE))
    csrf.exempt(bp)
    app.register_blueprint(bp)


__all__ = ["answers", "chatbots", "identify", "init_app", "threads"]
