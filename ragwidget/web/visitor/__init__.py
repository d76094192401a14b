"""What the widget asks for, from other people's pages: the visitor API, version 1."""

from __future__ import annotations

from flask import Flask

from ragwidget.extensions import csrf
from ragwidget.web import sse
from ragwidget.web.visitor import answers, chatbots, identify, questions, threads
from ragwidget.web.visitor.door import bp


def init_app(app: Flask) -> None:
    """Open the visitor API. It takes tokens and never cookies, so there is no CSRF to fear."""
    sse.init_app(app)
    csrf.exempt(bp)
    app.register_blueprint(bp)


__all__ = ["answers", "chatbots", "identify", "init_app", "questions", "threads"]
