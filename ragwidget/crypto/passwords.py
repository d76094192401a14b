"""What members prove themselves by, under the secret key of this installation or an earlier one.

A password is hashed together with a pepper, and the secret of a code generator is encrypted, as are
recovery codes, so that a copied database is of little use alone. All keys come from the secret key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from passlib.hash import argon2


def settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Flask-Security is to keep passwords and codes under."""
    secrets: list[str] = [config["SECRET_KEY"], *config["OLD_SECRET_KEYS"]]
    codes = {_tag(secret): _derived(secret, "totp") for secret in secrets}
    # what was kept before these keys had names of their own has the number 1
    codes["1"] = _derived(secrets[-1], "totp")
    return {
        "SECURITY_PASSWORD_SALT": _derived(secrets[0], "passwords"),
        "EARLIER_PASSWORD_SALTS": [_derived(secret, "passwords") for secret in secrets[1:]],
        "SECURITY_TOTP_SECRETS": codes,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            _derived(secret, "recovery") + "=" for secret in secrets
        ],
    }


def fits_earlier(password: str, hashed: str) -> bool:
    """Tell whether this is a password that was hashed under an earlier secret key."""
    return any(argon2.verify(_peppered(password, salt), hashed) for salt in _earlier())


def take_as_long(password: str) -> None:
    """Do for nobody what is done for a member whose password does not fit: the clock is heard."""
    for salt in _earlier():
        argon2.hash(_peppered(password, salt))


def _earlier() -> Sequence[str]:
    return current_app.config["EARLIER_PASSWORD_SALTS"]


def _peppered(password: str, salt: str) -> bytes:
    # as Flask-Security does with the salt of now
    return base64.b64encode(hmac.digest(salt.encode(), password.encode(), "sha512"))


def _tag(secret: str) -> str:
    return _derived(secret, "totp-tag")[:12].lower().translate({ord("-"): "a", ord("_"): "b"})


def _derived(secret: str, purpose: str) -> str:
    """Return a key for one purpose, so that one leaked key opens one door only."""
    digest = hashlib.blake2b(secret.encode(), person=purpose.encode()[:16], digest_size=32)
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
