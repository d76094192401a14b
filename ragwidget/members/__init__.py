"""Who may sign in, where they did, and which organization they belong to."""

from __future__ import annotations

from flask import Flask

from ragwidget.members import security, sign_ins
from ragwidget.members.codes import reseal_codes
from ragwidget.members.organizations import create_member, find, rename_organization

__all__ = [
    "create_member",
    "find",
    "init_app",
    "rename_organization",
    "reseal_codes",
    "sign_ins",
]


def init_app(app: Flask) -> None:
    """Let members sign up and in, and every cookie of theirs name a sign-in that stands."""
    security.init_app(app)
    sign_ins.init_app(app)
