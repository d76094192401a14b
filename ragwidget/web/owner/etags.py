"""What a caller has at hand already, and what was changed since."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from ragwidget.errors import Refusal

LISTENS = (("If-Match", "The ETag of what is to be changed: it is left alone if it is another."),)


class ChangedMeanwhile(Refusal):
    status = 412
    code = "changed_meanwhile"
    message = "It was changed meanwhile. Get it again, and look at what is to be changed."


def tagged(**body: Any) -> ResponseReturnValue:
    """Answer with a body and its ETag, or only that it is still the same."""
    response = jsonify(body)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def require_match(**body: Any) -> None:
    """Refuse to change what is not as the caller knows it; `body` is how it would be told."""
    if not request.if_match:
        return
    response = jsonify(body)
    response.add_etag()
    etag, _ = response.get_etag()
    if etag is None or not request.if_match.contains(etag):
        raise ChangedMeanwhile
