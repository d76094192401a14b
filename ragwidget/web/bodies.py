"""Reads what was sent before anything else happens, and keeps it small.

SQLite has one writer at a time. A body that drips in slowly must arrive whole before a
transaction begins, or one slow stranger would keep everybody else from writing.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from flask import Flask, request, session
from gunicorn.http.errors import ParseException

from ragwidget import api_keys
from ragwidget.database import reading
from ragwidget.errors import Busy, Refusal, Unreadable
from ragwidget.extensions import db

SAFE = {"GET", "HEAD", "OPTIONS"}
QUESTION_BYTES = 64 * 1024
FORM_BYTES = 1024 * 1024
ROOM_FOR_SOURCES = {
    "dashboard.sources.upload",
    "dashboard.sources.add_text",
    "dashboard.sources.replace_file",
    "owner.post_file",
    "owner.post_text",
    "owner.put_file",
    "owner.put_text",
}
TAKE_FILES = {"dashboard.sources.upload", "dashboard.sources.replace_file"}
OWNER_API = "/api/v1/owner/"


class NotAForm(Refusal):
    status = 415
    code = "not_a_form"
    message = "Send this as a form, not as JSON."


class FileUnexpected(Refusal):
    status = 422
    code = "file_unexpected"
    message = "There is no place for a file here. Send this field as text."


class TooSlow(Refusal):
    status = 408
    code = "too_slow"
    message = "It took too long to arrive. Please send it again."


def init_app(app: Flask) -> None:
    """Read the body of every request that changes something, before the database is asked.

    What is long may come slowly, and is taken in by few at a time: the others keep their threads,
    and members keep their turn whatever strangers send.
    """
    members, strangers = (BoundedSemaphore(max(2, app.config["THREADS"] // 8)) for _ in range(2))

    @app.before_request
    def read() -> None:
        if request.method in SAFE:
            return
        owner_api = request.path.startswith(OWNER_API)
        if request.path.startswith("/api/") and not owner_api:
            request.max_content_length = QUESTION_BYTES
        else:
            request.max_content_length = request.max_form_memory_size = _most(app)
            if request.is_json and not owner_api:
                raise NotAForm
        length = request.content_length or 0
        if "Transfer-Encoding" not in request.headers and length <= QUESTION_BYTES:
            _read()
            return
        turns = members if _is_known() else strangers
        if not turns.acquire(blocking=False):
            raise Busy(retry_after=10)
        try:
            _read()
        finally:
            turns.release()


def _read() -> None:
    try:
        request.get_data(cache=True, parse_form_data=True)
        if request.content_length is None:
            request.stream.read(1)  # or a body in chunks would only be cut where it is too long
    except ParseException as bad:  # chunks that are none; the server parses as we read
        raise Unreadable from bad
    except (TimeoutError, BlockingIOError) as problem:
        raise TooSlow from problem
    # or a form would find a file where it has asked for words; the APIs look at each field anyway
    if _is_form() and request.endpoint not in TAKE_FILES:
        for name in request.files:
            raise FileUnexpected(field=name[:100])


def _is_form() -> bool:
    """Tell whether this is for a page and may bring files."""
    is_page = request.endpoint is not None and not request.path.startswith("/api/")
    return is_page and request.mimetype == "multipart/form-data"


def _most(app: Flask) -> int:
    """Return how much may be sent here: much only where a chatbot is given to read."""
    if request.endpoint in ROOM_FOR_SOURCES and _is_known():
        return app.config["MAX_FILE_BYTES"] + FORM_BYTES
    return FORM_BYTES


def _is_known() -> bool:
    """Tell whether this is a member, or a program with a key; asking lets the database go again."""
    if request.path.startswith(OWNER_API):
        with reading():
            known = api_keys.is_known(request.headers.get("Authorization", ""))
        db.session.remove()
        return known
    return "_user_id" in session
