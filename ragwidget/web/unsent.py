"""Forms of the dashboard that arrive after their sender was signed out: kept, to be sent again."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

JOINING = "dashboard.joining"  # where nobody is a member yet, and chooses a password
SECRETS = {"gemini_key"}  # never in a page, not even in that of who typed it


def is_form() -> bool:
    """Tell whether a member filled in a form of the dashboard."""
    blueprint = request.blueprint or ""
    return request.method == "POST" and blueprint.startswith("dashboard") and blueprint != JOINING


def keep() -> ResponseReturnValue | None:
    """Answer with a page that holds what was typed and says how to send it again.

    None when the member is signed in and nothing can be kept: then the form itself is wrong.
    """
    inside = current_user.is_authenticated
    repeatable = not request.files and not SECRETS & request.form.keys()
    fields = _fields() if repeatable and _comes_from_us() else None
    if inside and fields is None:
        return None
    page = render_template("unsent.html", fields=fields, action=request.full_path.rstrip("?"))
    return page, 400 if inside else 401


def _fields() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


def _comes_from_us() -> bool:
    """Keep another website from filling in a form that a member then sends in good faith."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    ours = {f"{scheme}://{request.host}" for scheme in ("http", "https")}
    return request.headers.get("Origin") in ours
