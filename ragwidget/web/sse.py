"""How an answer is spelled on the wire."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, make_response
from flask.typing import ResponseReturnValue

from ragwidget import metrics
from ragwidget.chat.events import Delta, Done, Error, Event, Sources, Start
from ragwidget.conversations import spell_source
from ragwidget.errors import Busy, Refusal

PING = ": ping\n\n"
KEPT_FREE = 16  # threads that answers never take, for everything else
GREENLET_PLACES = 1000

View = Callable[..., ResponseReturnValue]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def init_app(app: Flask) -> None:
    """Count the places of those who wait for an answer."""
    settings = app.config
    count = settings["MAX_STREAMS"] or (
        GREENLET_PLACES
        if settings["WORKER_CLASS"] == "gevent"
        else max(2, settings["THREADS"] - KEPT_FREE)
    )
    app.extensions["stream-count"] = count
    app.extensions["stream-places"] = threading.BoundedSemaphore(count)


def admitted(view: View) -> View:
    """Give a view that tells an answer one of the places, until its last word is sent.

    Refuses with `Busy` when every place is taken: before anything is asked of anybody, so that
    a refusal costs next to nothing, and everything else stays quick.
    """

    @wraps(view)
    def enter(*args: Any, **named: Any) -> ResponseReturnValue:
        places: threading.BoundedSemaphore = current_app.extensions["stream-places"]

        def free() -> None:
            metrics.OPEN_STREAMS().dec()
            places.release()

        if not places.acquire(blocking=False):
            raise Busy(retry_after=2)
        metrics.OPEN_STREAMS().inc()
        try:
            response = make_response(view(*args, **named))
        except BaseException:
            free()
            raise
        response.call_on_close(free)
        return response

    return enter


def stream(
    events: Iterator[tuple[int, Event] | None], on_close: Callable[[], None] = lambda: None
) -> Response:
    """Answer with the events, each sent as it happens; `on_close` is called however it ends."""
    response = Response(_frames(events), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "private, no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"  # or nginx holds the words back
    response.call_on_close(on_close)
    return response


def frame(number: int, event: Event) -> str:
    r"""Spell one event.

    >>> from ragwidget.chat.events import Delta
    >>> frame(2, Delta("Hi"))
    'id: 2\nevent: delta\ndata: {"text":"Hi"}\n\n'
    """
    name = type(event).__name__.lower()
    if isinstance(event, Delta):  # nearly all of them
        data = f'{{"text":{_encode(event.text)}}}'
    else:
        data = _encode(_payload(event))
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n"


def _payload(event: Sources | Start | Error | Done) -> dict[str, Any]:
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
    return {"message": event.message}


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
