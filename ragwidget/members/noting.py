"""How members sign in and protect that, noted in the audit logs of their organizations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Response, after_this_request, copy_current_request_context
from flask_login import user_logged_out
from flask_security import (
    change_email_confirmed,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    user_failed_authn,
    wan_deleted,
    wan_registered,
)

from ragwidget import audit, tenancy
from ragwidget.database import writing
from ragwidget.extensions import db
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
BY = {"webauthn": "passkey", "register": "signing up", "reset": "new password"}
ONLY_A_NEW_COOKIE = "change"  # of the password


def init_app(app: Flask) -> None:
    """Note who signs in and out, or fails to, and what members change about that."""
    for action, signal in ACTIONS.items():
        signal.connect(_noting(action), app, weak=False)
    user_authenticated.connect(_note_sign_in, app)
    user_logged_out.connect(_note_sign_out, app)
    user_failed_authn.connect(_note_failure, app)


def note_everywhere(person: tenancy.Person, action: str, **details: Any) -> None:
    """Note what somebody does in all of their organizations, in the caller's commit."""
    for one in person.organizations:
        audit.note(tenancy.acting_for(person, one), action, person.email, **details)


def _noting(action: str) -> Callable[..., None]:
    def note(_app: Flask, user: User, **_: Any) -> None:
        note_everywhere(tenancy.person_of(user), action)

    return note


def _note_sign_in(_app: Flask, user: User, authn_via: Sequence[str] | None, **_: Any) -> None:
    by = authn_via[0] if authn_via else "password and code"
    if by != ONLY_A_NEW_COOKIE:
        note_everywhere(tenancy.person_of(user), "sign_in.begun", by=BY.get(by, by))
        db.session.commit()


def _note_sign_out(_app: Flask, user: User, **_: Any) -> None:
    if user.is_authenticated:
        note_everywhere(tenancy.person_of(user), "sign_in.ended")
        db.session.commit()


def _note_failure(_app: Flask, user: User, auth_type: str, tfa: bool, **_: Any) -> None:
    """Note it once the answer is sent, or how long that takes would tell who is a member."""
    user_id = user.id

    @copy_current_request_context
    def note() -> None:
        with writing():
            found = db.session.get(User, user_id)
            if found is not None:
                action = "sign_in.code_failed" if tfa else "sign_in.failed"
                person = tenancy.person_of(found)
                note_everywhere(person, action, by=BY.get(auth_type, auth_type))
                db.session.commit()

    @after_this_request
    def send_first(response: Response) -> Response:
        response.call_on_close(note)
        return response
