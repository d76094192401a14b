"""How a conversation goes on, told to a page that is open."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any
from uuid import UUID

from flask import Response, jsonify, render_template, request

from ragwidget import conversations
from ragwidget.web.dashboard.conversations.turns import Turn, turns_of


def turns_from(conversation_id: UUID, *, limit: int, superseded: bool = False) -> list[Turn]:
    """Return a conversation from the turn on that the page names as its last."""
    begin = request.args.get("turn", type=UUID)
    since = conversations.position_of(conversation_id, begin) if begin else None
    page = conversations.messages(conversation_id, since=since, limit=limit, superseded=superseded)
    return turns_of(page.rows)


def going_on(template: str, turns: list[Turn], *facts: object, **shown: Any) -> Response:
    """Tell turns as a page shows them, unless they and the facts beside them are known to it."""
    told = repr(([turn.state for turn in turns], facts))
    state = blake2b(told.encode(), digest_size=8).hexdigest()
    if request.if_none_match.contains(state):
        return Response(status=304)
    response = jsonify(html=render_template(template, turns=turns, **shown))
    response.set_etag(state)
    return response
