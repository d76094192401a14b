"""Reading what a website signed: a token with an end, or the bare id of one of its users."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import jwt

from ragwidget.errors import IdentityExpired, IdentityInvalid

ALGORITHMS = ["HS256"]  # and never what a token itself asks for
LEEWAY_SECONDS = 60  # clocks differ
MOST_SECONDS = 24 * 60 * 60  # a stolen token should not be good for long


def read_token(token: str, key: str) -> dict[str, Any]:
    """Return the claims of a JSON Web Token, or refuse: `IdentityExpired`, `IdentityInvalid`."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            leeway=LEEWAY_SECONDS,
            # the key is this chatbot's own, so whom the token is for needs no saying
            options={"require": ["sub", "exp"], "verify_sub": False, "verify_aud": False},
        )
    except jwt.ExpiredSignatureError as expired:
        raise IdentityExpired(field="token") from expired
    except jwt.MissingRequiredClaimError as missing:
        raise IdentityInvalid(f"token: {missing.claim} is missing.", field="token") from missing
    except jwt.PyJWTError as bad:
        raise IdentityInvalid(field="token") from bad
    if int(claims["exp"]) > int(time.time()) + MOST_SECONDS + LEEWAY_SECONDS:
        raise IdentityInvalid("token: exp may be 24 hours ahead at most.", field="token")
    return claims


def check_signature(user_id: str, signature: str, key: str) -> None:
    """Refuse a user id that was not signed with this key."""
    expected = hmac.new(key.encode(), user_id.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(expected, bytes.fromhex(signature)):
        raise IdentityInvalid(field="signature")
