"""A visitor whom their website knows, with its signature to show for it."""

from __future__ import annotations

from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from ragwidget import identities, tenancy
from ragwidget.crypto.tokens import Visit
from ragwidget.errors import IdentityExpired, IdentityInvalid
from ragwidget.extensions import limiter
from ragwidget.identities import Person
from ragwidget.models import Chatbot
from ragwidget.web.visitor.contracts import of_chatbot
from ragwidget.web.visitor.door import bp, let_in, read_body, token_if_any, tokens
from ragwidget.web.visitor.replies import Identified
from ragwidget.web.visitor.schemas import Claims, IdentifyRequest


@bp.post("/chatbots/<uuid:chatbot_id>/identify")
@of_chatbot(
    takes=IdentifyRequest,
    answers=Identified,
    proof="possible",
    refusals=(IdentityInvalid, IdentityExpired),
)
@limiter.limit("120 per minute")
def identify(chatbot_id: UUID) -> ResponseReturnValue:
    """Know a person again, with what they said before on any device and on this one as nobody."""
    body = read_body(IdentifyRequest)
    chatbot = let_in(tenancy.public_chatbot(chatbot_id))
    held = token_if_any()
    if held is not None:
        tenancy.same_chatbot(held, chatbot.id)
    person = _proven(chatbot, body)
    visitor_id = identities.recognize(chatbot, person, held.visitor_id if held else None)
    return jsonify(
        visitor={"name": person.name, "email": person.email},
        token=tokens().mint(Visit(chatbot.id, visitor_id, None)),
    )


def _proven(chatbot: Chatbot, body: IdentifyRequest) -> Person:
    if body.token is not None:
        key = identities.key_of(chatbot, "jwt")
        claims = Claims.model_validate(identities.read_token(body.token, key))
        return Person(claims.sub, claims.name or "", claims.email or "", vouched=True)
    assert body.user_id is not None
    assert body.signature is not None
    identities.check_signature(body.user_id, body.signature, identities.key_of(chatbot, "hmac"))
    return Person(body.user_id, body.name, body.email)
