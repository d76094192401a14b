"""How an answer is spelled on the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, current_app

from ragwidget.chat.events import Error, Event, Sources, Start
from ragwidget.conversations import spell_source
from ragwidget.errors import Busy, Refusal

PING = ": ping\n\n"


def stream(
    events: Iterator[tuple[int, Event] | None], on_close: Callable[[], None] | None = None
) -> Response:
    """Answer with the events, each sent as it happens.

    Refuses with `Busy` when every place for a stream is taken, so that the other pages stay quick.
    """
    places: threading.BoundedSemaphore = current_app.extensions["stream-places"]
    if not places.acquire(blocking=False):
        raise Busy(retry_after=2)
    response = Response(_frames(events), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"  # or nginx holds the words back
    response.call_on_close(places.release)
    if on_close:
        response.call_on_close(on_close)
    return response


def frame(number: int, event: Event) -> str:
    r"""Spell one event.

    >>> from ragwidget.chat.events import Delta
    >>> frame(2, Delta("Hi"))
    'id: 2\nevent: delta\ndata: {"text":"Hi"}\n\n'
    """
    name = type(event).__name__.lower()
    data = json.dumps(payload(event), ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n"


def payload(event: Event) -> dict[str, Any]:
    """Return what an event tells."""
    if isinstance(event, Sources):
        return {"sources": [spell_source(source) for source in event.sources]}
    if isinstance(event, Start):
        return {
            "conversation": event.conversation,
            "question_id": event.question_id,
            "message_id": event.message_id,
        }
    if isinstance(event, Error):
        return {"code": event.code, "message": event.message, "retryable": event.retryable}
    return {"text": event.text} if hasattr(event, "text") else {"message": event.message}


def _frames(events: Iterator[tuple[int, Event] | None]) -> Iterator[str]:
    number = 0
    try:
        for item in events:
            if item is None:
                yield PING
            else:
                number, event = item
                yield frame(number, event)
    except Refusal as refusal:  # it was deleted while somebody watched
        yield frame(number + 1, Error(refusal.code, refusal.message, retryable=False))
