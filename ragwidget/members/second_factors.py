"""The way back in for somebody who lost their second factor."""

from __future__ import annotations

from sqlalchemy import delete

from ragwidget import tenancy
from ragwidget.extensions import db
from ragwidget.members.noting import note_everywhere
from ragwidget.members.passkeys import AFTER
from ragwidget.models import User, WebAuthn


def forget_second_factor(user: User) -> None:
    """Let a person sign in with the password alone, until they set up something beside it anew."""
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    db.session.execute(delete(WebAuthn).filter_by(user_id=user.id, usage=AFTER))
    note_everywhere(tenancy.person_of(user), "member.second_factor_removed", by="the operator")
    db.session.commit()
