"""Who may sign in, where they did, and which organization they belong to."""

from __future__ import annotations

from flask import Flask

from ragwidget.members import ending, invitations, noting, roles, security, sign_ins
from ragwidget.members.codes import reseal_codes
from ragwidget.members.names import display_name, keep_display_name
from ragwidget.members.organizations import (
    ask_for_second_factor,
    create_invited,
    create_member,
    find,
    found,
    rename_organization,
)
from ragwidget.members.second_factors import forget_second_factor

__all__ = [
    "ask_for_second_factor",
    "create_invited",
    "create_member",
    "display_name",
    "ending",
    "find",
    "forget_second_factor",
    "found",
    "init_app",
    "invitations",
    "keep_display_name",
    "rename_organization",
    "reseal_codes",
    "roles",
    "sign_ins",
]


def init_app(app: Flask) -> None:
    """Let members sign up and in, and every cookie of theirs name a sign-in that stands."""
    security.init_app(app)
    sign_ins.init_app(app)
    noting.init_app(app)
