"""The codes of generators, as a second factor, and those for recovery: sealed under our keys."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cryptography.fernet import InvalidToken
from flask import current_app
from flask_security import MfRecoveryCodesUtil
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch
from sqlalchemy import or_, select, update

from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.models import User


class Codes(Totp):
    """Makes and reads the secrets of code generators; the first of `secrets` is the newest."""

    def __init__(self, secrets: Mapping[str, str], issuer: str) -> None:
        wallet = AppWallet(dict(secrets), default_tag=next(iter(secrets)))
        self._totp = TOTP.using(issuer=issuer, wallet=wallet)

    def get_last_counter(self, user: Any) -> int | None:
        """Return the time step of the last code that this member used."""
        return user.tf_last_counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Use a code up; one of two requests that bring the same at once hears that it was used."""
        used = update(User).where(
            User.id == user.id,
            or_(User.tf_last_counter.is_(None), User.tf_last_counter < tmatch.counter),
        )
        if not rows_changed(used.values(tf_last_counter=tmatch.counter)):
            raise UsedTokenError
        db.session.refresh(user, ["tf_last_counter"])

    def reseal(self, totp_secret: str) -> str | None:
        """Return the secret of a generator under the newest key, None where it is already."""
        generator = self._totp.from_source(totp_secret)
        return generator.to_json(encrypt=True) if generator.changed else None


class RecoveryCodes(MfRecoveryCodesUtil):
    """Makes and reads recovery codes, each good once."""

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Tell whether a code is good; who brings one of this member's meanwhile waits to hear."""
        db.session.refresh(user, ["mf_recovery_codes"], with_for_update=True)
        good: bool = super().check_recovery_code(user, code)
        return good


def reseal_codes() -> int:
    """Bring the secrets of all code generators under the newest key; return how many moved.

    Recovery codes go along.
    """
    _reseal_recovery_codes()
    if not current_app.config["TWO_FACTOR"]:
        return 0
    codes = current_app.extensions["security"].totp_factory
    moved = 0
    sealed = select(User).where(User.tf_totp_secret.is_not(None)).with_for_update()
    for user in db.session.scalars(sealed):
        if resealed := codes.reseal(user.tf_totp_secret):
            user.tf_totp_secret = resealed
            moved += 1
    db.session.commit()
    return moved


def _reseal_recovery_codes() -> None:
    cryptor = current_app.extensions["security"].mf_recovery_codes_util.cryptor
    for user in db.session.scalars(select(User).with_for_update()):  # none is used meanwhile
        with suppress(InvalidToken):  # under a key that nobody knows any more
            user.mf_recovery_codes = [
                cryptor.rotate(code.encode()).decode() for code in user.mf_recovery_codes or []
            ]
    db.session.commit()
