"""What programs of an organization ask for: the owner API, version 1."""

from __future__ import annotations

from flask import Flask

from ragwidget.extensions import csrf
from ragwidget.web.owner import (
    chatbots,
    conversations,
    inbox,
    insights,
    keys,
    notes,
    sources,
    tags,
    webhooks,
)
from ragwidget.web.owner.door import bp


def init_app(app: Flask) -> None:
    """Open the owner API. It takes keys and never cookies, so there is no CSRF to fear."""
    csrf.exempt(bp)
    app.register_blueprint(bp)


__all__ = [
    "chatbots",
    "conversations",
    "inbox",
    "init_app",
    "insights",
    "keys",
    "notes",
    "sources",
    "tags",
    "webhooks",
]
