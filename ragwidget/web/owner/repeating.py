"""Calls that make something, carried out once for each Idempotency-Key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from sqlalchemy.exc import IntegrityError

from ragwidget.api_keys import once
from ragwidget.errors import InvalidInput, NotFound, Refusal
from ragwidget.extensions import db
from ragwidget.models import new_id
from ragwidget.tenancy import Keyholder

HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"  # says of an answer that it was given before
REFUSALS: tuple[type[Refusal], ...] = (once.StillRunning, once.NameTaken)
_NAME = re.compile(r"[\x21-\x7e]{1,255}")

Made = Callable[[UUID], dict[str, Any]]


def make(who: Keyholder, made: Made, found: Made, status: int = 201) -> Response:
    """Answer with what `made` says of the thing that it makes under an id.

    With an Idempotency-Key it is made once, and answered so again for a day. After a crash,
    `found` is asked first: it says the same of a thing that is there, and else refuses.
    """
    name = request.headers.get(HEADER)
    if name is None:
        return _answer(_spell(made(new_id())), status)
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{HEADER}: it has 1 to 255 visible characters of ASCII, such as a UUID.", field=HEADER
        )
    attempt = once.begin(who, name, _fingerprint())
    if attempt.answer:
        status, body = attempt.answer
        answer = _answer(body, status)
        answer.headers[REPEATED] = "true"
        return answer
    try:
        body = _spell(_made(attempt, made, found))
    except Exception as problem:
        db.session.rollback()
        if attempt.resumed and isinstance(problem, IntegrityError):
            raise once.StillRunning(retry_after=2) from None  # the first one lives after all
        once.release(attempt)
        raise
    once.finish(attempt, status, body)
    return _answer(body, status)


def _made(attempt: once.Attempt, made: Made, found: Made) -> dict[str, Any]:
    if attempt.resumed:
        try:
            return found(attempt.made_id)
        except NotFound:
            db.session.rollback()
    return made(attempt.made_id)


def _spell(body: dict[str, Any]) -> str:
    return current_app.json.dumps(body, separators=(",", ":"))


def _answer(body: str, status: int) -> Response:
    return current_app.response_class(body + "\n", status, mimetype="application/json")


def _fingerprint() -> str:
    """Return what tells one call from another: where it went, and what was sent."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\0".encode())
    if request.mimetype != "multipart/form-data":
        digest.update(request.get_data())
        return digest.hexdigest()
    # its boundary is another one each time
    for name, value in sorted(request.form.items(multi=True)):
        digest.update(f"{name}\0{value}\0".encode("utf-8", "replace"))
    for name, file in sorted(request.files.items(multi=True), key=lambda each: each[0]):
        digest.update(f"{name}\0{file.filename}\0".encode("utf-8", "replace"))
        while block := file.stream.read(1 << 20):
            digest.update(block)
        file.stream.seek(0)
    return digest.hexdigest()
