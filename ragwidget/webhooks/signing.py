"""Showing that a delivery comes from us, as Standard Webhooks says it is to be shown.

Libraries that check it are there for most languages. The signature covers id, time and body, so
that nobody can change one of them; a receiver that refuses times more than five minutes off can't
be told the same thing again by whoever overheard it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def make_secret() -> str:
    """Return a new secret, as both sides keep it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers_of(
    secret: str, delivery_id: str, timestamp: int, body: bytes
) -> dict[bytes | str, bytes | str]:
    """Return what a delivery is sent with.

    >>> headers_of("whsec_c2VjcmV0", "1", 1700000000, b"{}")["webhook-signature"]
    'v1,PgYwgCReYGi/nHIJstsSuGGjDNi/hpmSB4ghtTP1cA4='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
