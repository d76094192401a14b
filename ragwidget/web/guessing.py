"""Bounds how often passwords, codes and links can be tried."""

from __future__ import annotations

from flask import Flask, current_app, request

from ragwidget import limits
from ragwidget.extensions import counted_address

# Addresses are cheap, so an account has a bound of its own; it is wide, so that a stranger who
# knows an e-mail address can hardly lock its owner out.
TRIES_AT_ACCOUNT = "200 per hour"


def init_app(app: Flask) -> None:
    """Count every try at Flask-Security's doors, by where it comes from and at whom it aims."""

    @app.before_request
    def count() -> None:
        if request.blueprint != "security" or request.method != "POST":
            return
        if request.endpoint == "security.logout":
            return
        limits.spend_try("address", counted_address(), current_app.config["SIGN_IN_ATTEMPTS"])
        if account := request.form.get("email", "").strip().lower():
            limits.spend_try("account", account[:255], TRIES_AT_ACCOUNT)
