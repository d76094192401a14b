"""The visitors' door: which chatbot, from which page, by which token."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from ragwidget import chatbots, limits, tenancy
from ragwidget.crypto.tokens import Tokens, Visit
from ragwidget.errors import (
    ChatbotPaused,
    InvalidInput,
    OriginNotAllowed,
    Refusal,
    TokenMissing,
)
from ragwidget.extensions import limiter
from ragwidget.models import Chatbot
from ragwidget.networks import counted_address
from ragwidget.web.origins import allowed_origin
from ragwidget.web.visitor.queries import Query

bp = Blueprint("visitor", __name__, url_prefix="/api/v1")
ASKING = {"visitor.chat", "visitor.retry"}
limiter.limit(str(limits.VISITS))(bp)

_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")

View = Callable[..., ResponseReturnValue]

Body = TypeVar("Body", bound=BaseModel)
Asked = TypeVar("Asked", bound=Query)


@limiter.request_filter
def is_counted_elsewhere() -> bool:
    """Tell that a call is counted with its question: see `counted`."""
    return request.endpoint in ASKING


def read_body(model: type[Body]) -> Body:
    """Return the request's JSON as `model`, or refuse, naming the field."""
    if request.mimetype != "application/json":
        raise InvalidInput("body: send JSON, with Content-Type: application/json.", field="body")
    return model.model_validate_json(request.get_data() or b"{}")


def read_query(model: type[Asked]) -> Asked:
    """Return what stands behind the address's question mark, or refuse, naming the parameter."""
    return model.model_validate(request.args.to_dict())


def let_in(chatbot: Chatbot) -> Chatbot:
    """Let the page that asks use the chatbot, or refuse; the owner can see where it was seen."""
    origin = request.headers.get("Origin")
    allowed = allowed_origin(chatbot.origins, origin, own_origin())
    refusal: Refusal | None = None
    if not allowed:
        refusal = OriginNotAllowed(origin=(origin or "")[:300])
    elif chatbot.paused_at is not None:
        refusal = ChatbotPaused()
    if origin and origin != own_origin():
        reason = refusal.code if refusal else None
        chatbots.note_sighting(chatbot.id, origin, allowed, _page_of(origin), reason)
    if refusal:
        raise refusal
    return chatbot


def _page_of(origin: str) -> str | None:
    """Return the address of the page that asks, if it says so; never what stands behind its `?`."""
    try:
        told = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if f"{told.scheme}://{told.netloc}" != origin or told.path in {"", "/"}:
        return None
    return origin + _UNSEEN.sub("", told.path)


def token_if_any() -> Visit | None:
    """Return what the request's token says, None without one; a bad one is refused."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    return tokens().read(token.strip())


def counted(view: View) -> View:
    """Count a call that asks together with its question, on one journey, or else by itself."""

    @wraps(view)
    def enter(*args: Any, **named: Any) -> ResponseReturnValue:
        try:
            answer = view(*args, **named)
        except Exception:
            _count()
            raise
        _count()
        return answer

    return enter


def _count() -> None:
    if "question_counted" not in g:
        limits.spend_visit(counted_address())


def visit() -> Visit:
    """Return what the request's token says, let in by its chatbot, or refuse."""
    held = token_if_any()
    if held is None:
        raise TokenMissing
    let_in(tenancy.public_chatbot(held.chatbot_id))
    return held


def tokens() -> Tokens:
    """Return the mint of conversation tokens."""
    return current_app.extensions["tokens"]


def token_for(held: Visit, conversation_id: UUID | None) -> str:
    """Return a fresh token for one of the visitor's conversations."""
    return tokens().mint(Visit(held.chatbot_id, held.visitor_id, conversation_id))


def of_dashboard(page: str) -> bool:
    """Tell whether a page that asks is one of the dashboard, as its browser says, too."""
    if request.headers.get("Origin") != own_origin():
        return False
    return page.startswith(url_for("dashboard.chatbots.index", _external=True))


def own_origin() -> str:
    """Return the origin of this server, as a browser would send it."""
    return (current_app.config["PUBLIC_URL"] or request.host_url).rstrip("/")
