"""Secrets that others entrust to us, sealed at rest: what is in the database opens nothing.

Every purpose has a key of its own, derived from the installation's secrets, so that a sealed
value which is copied to another row does not open there.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL = "ragwidget.sealed.v1:"


@dataclass(frozen=True, slots=True)
class Seals:
    """Seals and opens; `secrets` are newest first."""

    secrets: tuple[str, ...]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Seals:
        """Return the seals of an installation with these settings."""
        return cls((config["SECRET_KEY"], *config["OLD_SECRET_KEYS"]))

    def seal(self, text: str, purpose: str) -> str:
        """Return the text sealed with the newest secret, for this purpose only."""
        return self._keys(purpose).encrypt(text.encode()).decode()

    def unseal(self, sealed: str, purpose: str) -> str | None:
        """Return what was sealed, None when it can't be opened: by these secrets, or for this."""
        try:
            return self._keys(purpose).decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None

    def reseal(self, sealed: str, purpose: str) -> str | None:
        """Return it sealed with the newest secret, None when it can't be opened.

        When it was first sealed stays written on it.
        """
        try:
            return self._keys(purpose).rotate(sealed).decode()
        except (InvalidToken, ValueError):
            return None

    def sealed_at(self, sealed: str, purpose: str) -> datetime | None:
        """Return when it was sealed, None when it can't be opened."""
        try:
            seconds = self._keys(purpose).extract_timestamp(sealed)
        except (InvalidToken, ValueError):
            return None
        return datetime.fromtimestamp(seconds, UTC)

    def _keys(self, purpose: str) -> MultiFernet:
        return MultiFernet([Fernet(_derived(secret, purpose)) for secret in self.secrets])


def _derived(secret: str, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), length=32, salt=None, info=(LABEL + purpose).encode())
    return base64.urlsafe_b64encode(derivation.derive(secret.encode()))
