"""Signing up and signing in, by Flask-Security; who belongs to which organization."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from flask import Flask, current_app, flash
from flask_security import (
    LoginForm,
    MailUtil,
    RegisterFormV2,
    Security,
    SQLAlchemyUserDatastore,
    hash_password,
    user_not_registered,
    user_registered,
)
from sqlalchemy import select, update
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ragwidget import metrics, passwords
from ragwidget.extensions import db, mail
from ragwidget.models import Membership, Organization, User, WebAuthn, now

log = structlog.get_logger("ragwidget.members")

ALREADY_HERE = (
    "If this address is new here, you can sign in now. If it is not, we sent it a mail that "
    "tells how to get back in."
)


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


class Post(MailUtil):
    """Hands mail to a job where SMTP is configured, and else writes it to the log."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Send one mail, later: a slow mail server must not hold up a transaction."""
        if not current_app.config["SMTP_URL"]:
            # a warning, because somebody waits for this mail and only the operator can see it
            log.warning("mail", to=str(recipient), subject=str(subject), body=body)
            return
        try:
            current_app.extensions["post"](str(subject), str(recipient), str(sender), body or "")
        except Exception:
            metrics.MAILS(outcome="not queued").inc()
            log.exception("mail not sent", to=str(recipient), subject=str(subject))


def init_app(app: Flask) -> None:
    """Join Flask-Security, with our tables, our limits and our words."""
    app.config.from_mapping(_settings(app.config))
    mail.init_app(app)
    Security(
        app,
        # roles belong to memberships, so Flask-Security gets no table of them
        SQLAlchemyUserDatastore(db, User, cast("Any", None), WebAuthn),
        register_form=SignUpForm,
        mail_util_cls=Post,
        login_form=SignInForm,
        totp_cls=passwords.Codes,
    )
    # Members come by cookie only; Flask-Security's loader would read the body of every request,
    # in search of a token, before anybody has bounded it.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    user_registered.connect(_found_organization, app)
    user_not_registered.connect(_say_nothing_certain, app)


def create_member(email: str, password: str, organization_name: str) -> tuple[User, Organization]:
    """Make a person and the organization they own, for the operator and the demonstration."""
    user = cast(
        "User",
        current_app.extensions["security"].datastore.create_user(
            email=email, password=hash_password(password), confirmed_at=now()
        ),
    )
    db.session.flush()
    organization = _found(user.id, organization_name)
    db.session.commit()
    return user, organization


def find(email: str) -> User | None:
    """Return the person with this address, if there is one."""
    return db.session.scalar(select(User).filter_by(email=email))


def rename_organization(organization_id: UUID, name: str) -> None:
    """Give an organization another name."""
    db.session.execute(
        update(Organization).where(Organization.id == organization_id).values(name=name)
    )
    db.session.commit()


def reseal_codes() -> int:
    """Bring the secrets of all code generators under the newest key; return how many moved."""
    if not current_app.config["TWO_FACTOR"]:
        return 0
    codes = current_app.extensions["security"].totp_factory
    moved = 0
    for user in db.session.scalars(select(User).where(User.tf_totp_secret.is_not(None))):
        if resealed := codes.reseal(user.tf_totp_secret):
            user.tf_totp_secret = resealed
            moved += 1
    db.session.commit()
    return moved


def _found(user_id: UUID, name: str) -> Organization:
    organization = Organization(name=name.strip()[:120])
    db.session.add(organization)
    db.session.flush()
    db.session.add(Membership(organization_id=organization.id, user_id=user_id, role="owner"))
    return organization


def _found_organization(_app: Flask, user: User, form_data: dict[str, Any], **_: Any) -> None:
    db.session.flush()
    _found(user.id, form_data.get("organization") or user.email)
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
            "That e-mail address and password don't go together.",
            "error",
        ),
        "SECURITY_PASSWORD_HASH": "argon2",
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
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": config["TWO_FACTOR"],
        "SECURITY_TWO_FACTOR": config["TWO_FACTOR"],
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_ISSUER": "RagWidget",
        "SECURITY_WEBAUTHN": config["PASSKEYS"],
        "SECURITY_WAN_RP_NAME": "RagWidget",
    }
    mail_settings = _mail_settings(config["SMTP_URL"], config["MAIL_SENDER"])
    return values | passwords.settings(config) | mail_settings


def _mail_settings(url: str, sender: str) -> dict[str, Any]:
    """Translate smtp://user:password@host:587 (or smtps://…:465) for Flask-Mailman."""
    if not url:
        return {"MAIL_BACKEND": "dummy"}
    parts = urlsplit(url)
    return {
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.scheme == "smtp" and parts.port == 587,
        "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
        "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
        "MAIL_DEFAULT_SENDER": sender,
        "MAIL_TIMEOUT": 10,
    }
