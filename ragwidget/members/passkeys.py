"""Passkeys: which ones are taken, and what for."""

from __future__ import annotations

from typing import Any

from flask_security import WebAuthnRegisterForm, WebauthnUtil
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from wtforms import RadioField, SelectChoice

ALONE, AFTER = "first", "secondary"  # Flask-Security's words


class Passkeys(WebauthnUtil):
    """Takes every kind of passkey; one that signs in alone knows and makes sure whose it is.

    So nobody types an address to sign in, and nobody hears by trying some who has an account here.
    """

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Return what a new passkey must be able to do."""
        alone = usage == ALONE
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED
            if alone
            else ResidentKeyRequirement.DISCOURAGED,
            user_verification=self.user_verification(user, [usage]),
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Tell whether a passkey asks for a finger, a face or a PIN before it is used."""
        return (
            UserVerificationRequirement.REQUIRED
            if usage == [ALONE]
            else UserVerificationRequirement.DISCOURAGED
        )


class PasskeyForm(WebAuthnRegisterForm):
    """Flask-Security's form; a passkey takes the place of the password unless said otherwise."""

    usage = RadioField(
        "Use it",
        choices=[
            SelectChoice(ALONE, "Instead of the password"),
            SelectChoice(AFTER, "After the password"),
        ],
        default=ALONE,
    )
