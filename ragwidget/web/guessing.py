"""Bounds how often passwords, codes and links can be tried.

Addresses are cheap, so an account has a bound of its own. Whoever knows an e-mail address could
use it up and so lock the owner out; but a browser in which somebody signed in to the account
before carries a mark that says so, and its tries are counted apart from those of strangers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from flask_login import user_logged_in
from flask_security import password_reset
from itsdangerous import BadData, URLSafeTimedSerializer

from ragwidget import limits, networks
from ragwidget.crypto.signing import Dated
from ragwidget.models import User
from ragwidget.networks import counted_address

TRIES_AT_ACCOUNT = "50 per hour; 200 per day"
MAILS_TO_ACCOUNT = "10 per hour"
SIGN_UPS_OF_NETWORK = "20 per hour; 50 per day"  # or who is a member could be asked by the thousand
MARK_LIFETIME = timedelta(days=365)
MARK_SALT = "ragwidget.known-browser.v1"
MAILING = {"security.forgot_password", "security.register", "security.send_confirmation"}


def init_app(app: Flask) -> None:
    """Count every try at Flask-Security's doors, by where it comes from and at whom it aims."""

    @app.before_request
    def count() -> None:
        if request.blueprint != "security" or request.method != "POST":
            return
        if request.endpoint == "security.logout":
            return
        limits.spend_try("address", counted_address(), current_app.config["SIGN_IN_ATTEMPTS"])
        if request.endpoint == "security.register":
            limits.spend_try("network", _network(), SIGN_UPS_OF_NETWORK)
        for account in _aimed_at():
            if request.endpoint in MAILING:
                limits.spend_try("mailbox", account, MAILS_TO_ACCOUNT)
            else:
                limits.spend_try("account", account + _known_as(account), TRIES_AT_ACCOUNT)

    user_logged_in.connect(_remember, app)
    password_reset.connect(_remember, app)  # who reads the mail is no stranger either

    @app.after_request
    def mark(response: Response) -> Response:
        if known := g.pop("known_browser", None):
            response.set_cookie(
                app.config["KNOWN_COOKIE_NAME"],
                known,
                max_age=MARK_LIFETIME,
                secure=app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Strict",
            )
        return response


def _remember(_app: Flask, user: User, **_: Any) -> None:
    g.known_browser = _serializer().dumps(_spelled(user.email))


def _network() -> str:
    address = request.remote_addr or "unknown"
    return networks.truncated(address) or address


def _aimed_at() -> Iterator[str]:
    """Yield whose password, code or mailbox this is about: who is named, and who is at the door.

    Both count: a name beside the code, or a session beside the name, may be there to mislead.
    """
    if email := request.form.get("email", "").strip():
        yield _spelled(email)
    if at_the_door := session.get("tf_user_id") or session.get("_user_id", "").rpartition(".")[2]:
        yield str(at_the_door)


def _known_as(account: str) -> str:
    """Return what sets the tries of this browser apart, nothing for a stranger's."""
    mark = request.cookies.get(current_app.config["KNOWN_COOKIE_NAME"], "")
    try:
        owner = _serializer().loads(mark, max_age=int(MARK_LIFETIME.total_seconds()))
    except BadData:
        return ""
    return f":{hashlib.sha256(mark.encode()).hexdigest()}" if owner == account else ""


def _spelled(email: str) -> str:
    with suppress(ValueError):  # or each of the many ways to write a domain had a counter
        email = current_app.extensions["security"].mail_util.normalize(email)
    # a name for a counter, of bounded length, and no address in anybody's memory
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def _serializer() -> URLSafeTimedSerializer:
    secrets = [*reversed(current_app.config["OLD_SECRET_KEYS"]), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(secrets, salt=MARK_SALT, signer=Dated)
