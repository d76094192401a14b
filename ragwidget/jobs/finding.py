"""Letting what was said be found: a few seconds after it, and of all chatbots at once."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import current_app

from ragwidget import conversations
from ragwidget.jobs.queue import call

BEHIND = timedelta(seconds=5)


def index_soon() -> None:
    """Have a worker index what was said, unless it was asked to a moment ago.

    Should the queue be away, the next minute's job does it.
    """
    due: float = current_app.extensions.get("index-due", 0.0)
    if time.monotonic() < due:
        return  # it comes after what is said now
    current_app.extensions["index-due"] = time.monotonic() + BEHIND.total_seconds()
    call("index_said", after=BEHIND)


def index_said() -> None:
    """Index what was said since the last time."""
    conversations.index_ended()
