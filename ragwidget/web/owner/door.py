"""The owners' door: which key, and whether it is for this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from flask import Blueprint, current_app, g, request

from ragwidget import api_keys, limits
from ragwidget.errors import NotAllowed, Refusal
from ragwidget.networks import counted_address
from ragwidget.tenancy import Keyholder
from ragwidget.web.visitor.door import read_body, read_query

__all__ = [
    "KeyMissing",
    "OnlyOne",
    "ScopeMissing",
    "bp",
    "holder",
    "page_of",
    "read_body",
    "read_query",
]

bp = Blueprint("owner", __name__, url_prefix="/api/v1/owner")

WRONG_KEYS = "60 per minute"  # from one address; nobody has so many by mistake


class HasId(Protocol):
    """What lists are of."""

    id: Any


Row = TypeVar("Row", bound=HasId)


class KeyMissing(Refusal):
    status = 401
    code = "key_missing"
    message = "An API key is needed here: Authorization: Bearer rw_…"


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    message = "This API key is not for that."


class OnlyOne(NotAllowed):
    code = "key_for_one_chatbot"
    message = "This API key is for one chatbot only."


def holder(scope: str = "") -> Keyholder:
    """Return whose key came with the request, or refuse one that is not for `scope`."""
    who = _known()
    if scope and not who.may(scope):
        raise ScopeMissing(f"This API key is not for that: it has no scope {scope}.", scope=scope)
    return who


def page_of(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Return so many rows, and the cursor that the next ones begin behind; None at the end."""
    shown = rows[:limit]
    return shown, str(shown[-1].id) if len(rows) > limit else None


def _known() -> Keyholder:
    """Return whose key it is; counted once in a request, however often it is asked."""
    if "keyholder" not in g:
        who = _recognized()
        limits.spend_call(who.key_id, current_app.config["API_CALLS_PER_MINUTE"])
        g.keyholder = who
    return g.keyholder


def _recognized() -> Keyholder:
    key = api_keys.key_in(request.headers.get("Authorization", ""))
    if not key:
        raise KeyMissing
    try:
        return api_keys.recognize(key)
    except api_keys.KeyInvalid:
        limits.spend_try("api_key", counted_address(), WRONG_KEYS)
        raise
