"""Signatures with a date, read on machines whose clocks differ.

itsdangerous takes a date that is ahead of this machine's clock for one that has expired. Between
two web nodes a second apart, or after a clock was set back, that would send visitors and members
away from what they were given a moment ago; and nobody but us can have signed it.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

FARTHEST_AHEAD = 86_400  # seconds; no clock that is looked after differs by more


class Dated(TimestampSigner):
    """Signs with a date; one that is a little ahead has not expired."""

    def unsign(
        self,
        signed_value: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,
    ) -> Any:
        """Return what was signed; raise `BadSignature` or its `SignatureExpired`."""
        read: Any = super().unsign
        try:
            return read(signed_value, max_age, return_timestamp)
        except SignatureExpired as expired:
            dated = expired.date_signed
            ahead = dated.timestamp() - self.get_timestamp() if dated else 0
            if not 0 < ahead <= FARTHEST_AHEAD:
                raise
            return read(signed_value, None, return_timestamp)


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, signed that way."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookie."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = Dated
        return serializer
