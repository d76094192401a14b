"""What a key may know of itself."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from ragwidget.web.owner.contracts import of_keys
from ragwidget.web.owner.door import bp, holder
from ragwidget.web.owner.replies.keys import KeyReply


@bp.get("/key")
@of_keys(answers=KeyReply)
def get_key() -> ResponseReturnValue:
    """Return what the key of this call is for."""
    who = holder()
    return jsonify(
        key={
            "id": str(who.key_id),
            "name": who.name,
            "organization_id": str(who.organization_id),
            "chatbot_id": str(who.chatbot_id) if who.chatbot_id else None,
            "scopes": sorted(who.scopes),
        }
    )
