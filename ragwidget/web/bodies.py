"""Reads what was sent before anything else happens, and keeps it small.

SQLite has one writer at a time. A body that drips in slowly must arrive whole before a
transaction begins, or one slow stranger would keep everybody else from writing.
"""

from __future__ import annotations

from flask import Flask, request, session
from gunicorn.http.errors import ParseException

from ragwidget.errors import Refusal, Unreadable

SAFE = {"GET", "HEAD", "OPTIONS"}
QUESTION_BYTES = 64 * 1024
FORM_BYTES = 1024 * 1024
ROOM_FOR_SOURCES = {
    "dashboard.sources.upload",
    "dashboard.sources.add_text",
    "dashboard.sources.replace_file",
}


class NotAForm(Refusal):
    status = 415
    code = "not_a_form"
    message = "Send this as a form, not as JSON."


def init_app(app: Flask) -> None:
    """Read the body of every request that changes something, before the database is asked."""

    @app.before_request
    def read() -> None:
        if request.method in SAFE:
            return
        if request.path.startswith("/api/"):
            request.max_content_length = QUESTION_BYTES
        else:
            request.max_content_length = request.max_form_memory_size = _most(app)
            if request.is_json:
                raise NotAForm
        try:
            request.get_data(cache=True, parse_form_data=True)
            if request.content_length is None:
                request.stream.read(1)  # or a body in chunks would only be cut where it is too long
        except ParseException as bad:  # chunks that are none; the server parses as we read
            raise Unreadable from bad


def _most(app: Flask) -> int:
    """Return how much may be sent here: much only where a member gives a chatbot to read."""
    if request.endpoint in ROOM_FOR_SOURCES and "_user_id" in session:
        return app.config["MAX_FILE_BYTES"] + FORM_BYTES
    return FORM_BYTES
