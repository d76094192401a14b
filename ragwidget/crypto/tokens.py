"""Conversation tokens: the signed proof that its bearer is this visitor of this chatbot.

itsdangerous signs and dates them; a list of secrets lets the key be changed without sending
every visitor away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from ragwidget.crypto.signing import Dated
from ragwidget.errors import TokenExpired, TokenInvalid

CONVERSATION_SALT = "ragwidget.conversation-token.v1"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a conversation token says: who is speaking, with whom, in which conversation."""

    chatbot_id: UUID
    visitor_id: UUID
    conversation_id: UUID | None  # None: in none yet; what they ask begins one


@dataclass(frozen=True, slots=True)
class Tokens:
    """Mints and reads conversation tokens; `secrets` are newest first."""

    secrets: tuple[str, ...]
    lifetime: timedelta

    def mint(self, visit: Visit) -> str:
        """Return a fresh token, signed with the newest secret."""
        conversation = visit.conversation_id.hex if visit.conversation_id else ""
        told = [visit.chatbot_id.hex, visit.visitor_id.hex, conversation]
        return _serializer(self.secrets).dumps(told)

    def read(self, token: str) -> Visit:
        """Return what the token says, or refuse: `TokenExpired`, `TokenInvalid`."""
        try:
            most = int(self.lifetime.total_seconds())
            chatbot, visitor, conversation = _serializer(self.secrets).loads(token, max_age=most)
            return Visit(UUID(chatbot), UUID(visitor), UUID(conversation) if conversation else None)
        except SignatureExpired as expired:
            raise TokenExpired from expired
        except (BadData, ValueError, TypeError, AttributeError) as bad:
            raise TokenInvalid from bad


@cache
def _serializer(secrets: tuple[str, ...]) -> URLSafeTimedSerializer:
    # itsdangerous tries the last key first and signs with it
    return URLSafeTimedSerializer(secrets[::-1], salt=CONVERSATION_SALT, signer=Dated)
