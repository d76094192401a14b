"""How members protect their sign-in, noted in the audit logs of their organizations."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security import (
    change_email_confirmed,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    wan_deleted,
    wan_registered,
)

from ragwidget import audit, tenancy
from ragwidget.models import User

ACTIONS = {
    "member.email_changed": change_email_confirmed,
    "member.password_changed": password_changed,
    "member.password_recovered": password_reset,
    "member.second_factor_set": tf_profile_changed,
    "member.second_factor_removed": tf_disabled,
    "member.passkey_added": wan_registered,
    "member.passkey_removed": wan_deleted,
}


def init_app(app: Flask) -> None:
    """Note what members change about their sign-in, in the commit in which they do."""
    for action, signal in ACTIONS.items():
        signal.connect(_noting(action), app, weak=False)


def _noting(action: str) -> Any:
    def note(_app: Flask, user: User, **_: Any) -> None:
        person = tenancy.person_of(user)
        for one in person.organizations:
            audit.note(tenancy.acting_for(person, one), action, person.email)

    return note
