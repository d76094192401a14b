"""What every call of the visitor API has in common, for its document."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from ragwidget.errors import (
    ChatbotNotFound,
    ChatbotPaused,
    DatabaseUnavailable,
    InvalidInput,
    OriginNotAllowed,
    Refusal,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TooMuch,
    TooOften,
    Unreadable,
)
from ragwidget.web.openapi.contract import Contract
from ragwidget.web.visitor.events import EVENTS

SCHEME = "conversationToken"
AT_THE_DOOR = (ChatbotNotFound, OriginNotAllowed, ChatbotPaused, TooOften, DatabaseUnavailable)

Proof = Literal["needed", "possible", "none"]


def call(
    subject: str,
    *,
    proof: Proof = "needed",
    streams: bool = False,
    refusals: tuple[type[Refusal], ...] = (),
    **told: Any,
) -> Contract:
    """Return the contract of a call: what is told of it, and what is true of all."""
    if proof != "none":
        refusals += (TokenMissing, TokenInvalid, TokenExpired)
    if told.get("takes"):
        refusals += (InvalidInput, TooMuch, Unreadable)
    elif told.get("query"):
        refusals += (InvalidInput,)
    return Contract(
        subject,
        proof=None if proof == "none" else SCHEME,
        proof_needed=proof == "needed",
        events=EVENTS if streams else {},
        refusals=AT_THE_DOOR + refusals,
        **told,
    )


asking = partial(call, "Asking")
reading = partial(call, "Conversations")
of_chatbot = partial(call, "Chatbots")
