"""Setting up a second factor: who mistypes the first code types the next one of the same app."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, session
from flask_login import current_user
from flask_security import FormInfo, Security, TwoFactorSetupForm, TwoFactorVerifyCodeForm
from flask_security.utils import check_and_get_token_status

WRONG_CODE = "That code is not right. Type the one that is shown now."
BEGUN = "second_factor_begun"  # in the session: whose, and Flask-Security's token of it


class SetupForm(TwoFactorSetupForm):
    """Flask-Security's form, which begins anew."""

    def validate(self, **kwargs: Any) -> bool:
        """Tell whether this is something that can be set up, and forget what was begun before."""
        session.pop(BEGUN, None)
        valid: bool = super().validate(**kwargs)
        return valid


class CodeForm(TwoFactorVerifyCodeForm):
    """Flask-Security's form, which keeps what is set up until a right code came."""

    def validate(self, **kwargs: Any) -> bool:
        """Tell whether this is the code that the app shows now."""
        valid: bool = super().validate(**kwargs)
        if not valid and self.code.data:
            self.code.errors = [WRONG_CODE]
        token = (request.view_args or {}).get("token")
        if valid:
            session.pop(BEGUN, None)
        elif self.is_setup and token:
            session[BEGUN] = [current_user.get_id(), token]
        return valid


def init_app(app: Flask) -> None:
    """Let the page of a second factor go on with what was begun."""
    security: Security = app.extensions["security"]
    security.set_form_info("two_factor_setup_form", FormInfo(cls=SetupForm))
    security.set_form_info("two_factor_verify_code_form", FormInfo(cls=CodeForm))
    security.tf_setup_context_processor(lambda: {"begun": _begun(security)})


def _begun(security: Security) -> dict[str, str] | None:
    """Return what this member began and has not confirmed, for as long as it can be confirmed."""
    user_id, token = session.get(BEGUN, (None, ""))
    if user_id != current_user.get_id():
        return None
    within = current_app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"]
    expired, invalid, state = check_and_get_token_status(token, "tf_setup", within)
    if expired or invalid:
        return None
    shown = security.totp_factory.fetch_setup_values(state["totp_secret"], current_user)
    return {"image": shown["image"], "key": shown["key"], "token": token}
