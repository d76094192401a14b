"""Signing up and signing in, by Flask-Security with our tables and our words."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, flash
from flask_security import (
    LoginForm,
    RegisterFormV2,
    Security,
    SQLAlchemyUserDatastore,
    user_not_registered,
    user_registered,
)
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ragwidget.crypto import passwords
from ragwidget.extensions import db, mail
from ragwidget.members import post
from ragwidget.members.codes import Codes, RecoveryCodes
from ragwidget.members.organizations import found
from ragwidget.members.passkeys import PasskeyForm, Passkeys
from ragwidget.models import User, WebAuthn, now

ALREADY_HERE = (
    "If this address is new here, you can sign in now. If it is not, we sent it a mail that "
    "tells how to get back in."
)
NO_ENTRY = "That e-mail address and password don't go together"
NOT_YET = ", or the address is not confirmed yet"


class SignUpForm(RegisterFormV2):
    """Flask-Security's form, with the organization that the new member will own."""

    organization = StringField(
        "Organization",
        validators=[
            DataRequired("Please name your organization; your own name will do."),
            Length(max=120, message="A name can have 120 characters at most."),
        ],
    )


class SignInForm(LoginForm):
    """Flask-Security's form, which takes as long for an address that nobody has."""

    def validate(self, **kwargs: Any) -> bool:
        """Tell whether somebody signs in with the password that is theirs."""
        valid = super().validate(**kwargs)
        if self.password.data and (self.user is None or not self.user.password):
            passwords.take_as_long(self.password.data)
        return valid


def init_app(app: Flask) -> None:
    """Join Flask-Security, with our tables, our limits and our words."""
    app.config.from_mapping(_settings(app.config))
    mail.init_app(app)
    Security(
        app,
        # roles belong to memberships, so Flask-Security gets no table of them
        SQLAlchemyUserDatastore(db, User, cast("Any", None), WebAuthn),
        register_form=SignUpForm,
        mail_util_cls=post.Post,
        login_form=SignInForm,
        totp_cls=Codes,
        mf_recovery_codes_util_cls=RecoveryCodes,
        wan_register_form=PasskeyForm,
        webauthn_util_cls=Passkeys,
    )
    # Members come by cookie only; Flask-Security's loader would read the body of every request,
    # in search of a token, before anybody has bounded it.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    user_registered.connect(_found_organization, app)
    user_not_registered.connect(_say_nothing_certain, app)


def _found_organization(_app: Flask, user: User, form_data: dict[str, Any], **_: Any) -> None:
    db.session.flush()
    found(user.id, form_data.get("organization") or user.email)
    db.session.commit()


def _say_nothing_certain(_app: Flask, **_: Any) -> None:
    flash(ALREADY_HERE, "info")


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    confirms = config["CONFIRM_EMAIL"]
    values = {
        "SECURITY_REGISTERABLE": config["SIGN_UP"],
        "SECURITY_USE_REGISTER_V2": True,
        "SECURITY_REGISTER_URL": "/sign-up",
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_RESET_URL": "/forgotten-password",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_CHANGE_EMAIL_URL": "/account/email",
        "SECURITY_CHANGE_EMAIL_CONFIRM_URL": "/account/email/confirm",
        "SECURITY_VERIFY_URL": "/account/verify",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/two-factor",
        "SECURITY_WAN_REGISTER_URL": "/account/passkeys",
        "SECURITY_POST_LOGIN_VIEW": "/dashboard/",
        "SECURITY_POST_REGISTER_VIEW": "/dashboard/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_POST_CHANGE_EMAIL_VIEW": "/account",
        "SECURITY_CONFIRMABLE": confirms,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_EMAIL": True,
        "SECURITY_TRACKABLE": True,
        "SECURITY_SEND_REGISTER_EMAIL": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
            NO_ENTRY + (NOT_YET if confirms else "") + ".",
            "error",
        ),
        "SECURITY_PASSWORD_HASH": "argon2",
        # links from our mails take as long to make as Flask-Security waits where it makes none;
        # the second made them before
        "SECURITY_HASHING_SCHEMES": ["argon2", "sha256_crypt"],
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        "SECURITY_EMAIL_SENDER": config["MAIL_SENDER"],
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_CACHE_CONTROL": None,  # ours are set for every page
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_DATETIME_FACTORY": now,
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": config["TWO_FACTOR"] or config["PASSKEYS"],
        "SECURITY_TWO_FACTOR": config["TWO_FACTOR"],
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_ISSUER": "RagWidget",
        "SECURITY_WEBAUTHN": config["PASSKEYS"],
        "SECURITY_WAN_RP_NAME": "RagWidget",
        "SECURITY_WAN_ALLOW_USER_HINTS": False,
    }
    mail_settings = post.settings(config["SMTP_URL"], config["MAIL_SENDER"])
    return values | passwords.settings(config) | mail_settings
