"""The pages of Flask-Security in our words."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_security import ForgotPasswordForm, FormInfo

from ragwidget.web.dashboard.second_factor import WRONG_CODE

NO_ADDRESS = "That is no e-mail address. Write it like name@example.org."

MESSAGES = {
    "EMAIL_NOT_PROVIDED": "Write your e-mail address.",
    "INVALID_EMAIL_ADDRESS": NO_ADDRESS,
    "EMAIL_ALREADY_ASSOCIATED": "%(email)s belongs to somebody’s account already.",
    "PASSWORD_NOT_PROVIDED": "Write the password.",
    "PASSWORD_INVALID_LENGTH": "It needs at least %(length)s characters.",
    "RETYPE_PASSWORD_MISMATCH": "The two are not the same. Type it again.",
    "INVALID_PASSWORD": "That is not your present password.",
    "PASSWORD_IS_THE_SAME": "That is the password you have now. Choose another one.",
    "PASSWORD_CHANGE": "Your new password is saved.",
    "PASSWORD_RESET": "Your new password is saved, and you are signed in.",
    "PASSWORD_RESET_NO_LOGIN": "Your new password is saved. Sign in with it.",
    "PASSWORD_RESET_REQUEST": (
        "If %(email)s has an account here, a link to a new password is on its way."
    ),
    "PASSWORD_RESET_EXPIRED": "That link was good for %(within)s only. Ask for a new one.",
    "INVALID_RESET_PASSWORD_TOKEN": "That link is used up, or not whole. Ask for a new one.",
    "CONFIRMATION_REQUEST": "A link to confirm the address is on its way to %(email)s.",
    "CONFIRMATION_REQUIRED": "Confirm your address first, by the link we sent you.",
    "CONFIRMATION_EXPIRED": "That link was good for %(within)s only. Ask for a new one.",
    "INVALID_CONFIRMATION_TOKEN": "That link is used up, or not whole. Ask for a new one.",
    "EMAIL_CONFIRMED": "Thank you, your address is confirmed.",
    "ALREADY_CONFIRMED": "Your address is confirmed already.",
    "CHANGE_EMAIL_SENT": "A link to confirm the new address is on its way to %(email)s.",
    "CHANGE_EMAIL_CONFIRMED": "Your new address is confirmed.",
    "CHANGE_EMAIL_EXPIRED": "That link was good for %(within)s only. Please start over.",
    "DISABLED_ACCOUNT": "This account is closed.",
    "UNAUTHENTICATED": "Please sign in to see that page.",
    "REAUTHENTICATION_REQUIRED": "Please type your password once more.",
    "REAUTHENTICATION_SUCCESSFUL": "Thank you.",
    "ANONYMOUS_USER_REQUIRED": "You are signed in already.",
    "INVALID_CODE": WRONG_CODE,
    "TWO_FACTOR_INVALID_TOKEN": WRONG_CODE,
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": "From now on signing in asks for a code from your app.",
    "TWO_FACTOR_DISABLED": "From now on signing in asks for no code from an app.",
    "TWO_FACTOR_SETUP_EXPIRED": "That took longer than %(within)s. Begin again.",
    "TWO_FACTOR_PERMISSION_DENIED": "That took too long. Sign in again.",
    "INVALID_RECOVERY_CODE": "That is not one of your recovery codes, or it was used.",
    "WEBAUTHN_EXPIRED": "That took longer than %(within)s. Begin again.",
    "WEBAUTHN_NAME_REQUIRED": "Give the passkey a name.",
    "WEBAUTHN_NAME_INUSE": "You have a passkey named %(name)s already.",
    "WEBAUTHN_NAME_NOT_FOUND": "You have no passkey named %(name)s any more.",
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        "A name can have letters, numbers, spaces, hyphens and underscores."
    ),
    "WEBAUTHN_REGISTER_SUCCESSFUL": "The passkey %(name)s is added.",
    "WEBAUTHN_CREDENTIAL_DELETED": "The passkey %(name)s signs nobody in any more.",
    "WEBAUTHN_CREDENTIAL_ID_INUSE": "That passkey is here already.",
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (
        "That passkey belongs to no account here, or was deleted from it."
    ),
    "WEBAUTHN_NO_VERIFY": "That passkey was not accepted: %(cause)s.",
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (
        "That passkey was not made for this: one signs in instead of the password, or after it."
    ),
    "WEBAUTHN_MISMATCH_USER_HANDLE": "That passkey belongs to somebody else.",
}


class ForgottenPasswordForm(ForgotPasswordForm):
    """Says what is no address at all; whether one is known here stays untold."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse above the form what the view would hide beside the field."""
        valid = super().validate(**kwargs)
        try:
            current_app.extensions["security"].mail_util.normalize(self.email.data or "")
        except ValueError:
            self.form_errors = [NO_ADDRESS]
        return valid


def init_app(app: Flask) -> None:
    """Lend Flask-Security our words."""
    for name, words in MESSAGES.items():
        _, category = app.config[f"SECURITY_MSG_{name}"]
        app.config[f"SECURITY_MSG_{name}"] = (words, category)
    security = app.extensions["security"]
    security.set_form_info("forgot_password_form", FormInfo(cls=ForgottenPasswordForm))
