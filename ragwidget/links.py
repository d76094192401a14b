"""Addresses of our own pages, for whoever reads them elsewhere: in a mail, in another program."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for


def home() -> str:
    """Return the address that browsers reach us at, without a slash behind it."""
    config = current_app.config
    return config["PUBLIC_URL"].rstrip("/") or f"http://{config['HOST']}:{config['PORT']}"


def link(endpoint: str, **values: Any) -> str:
    """Return the whole address of one of our pages, from wherever it is asked."""
    with current_app.test_request_context(base_url=home()):
        return url_for(endpoint, _external=True, **values)
