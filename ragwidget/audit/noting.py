"""Noting what is done: no secret, and no visitor's words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import has_request_context, request

from ragwidget import tenancy
from ragwidget.database import writing
from ragwidget.extensions import db
from ragwidget.models import AuditEntry
from ragwidget.networks import truncated

MOST_SUBJECT_CHARS = 300


def note(
    who: tenancy.Caller,
    action: str,
    subject: str = "",
    chatbot_id: UUID | None = None,
    **details: Any,
) -> None:
    """Note what a member or a program does, in the caller's commit.

    `action` is made of dotted words ("chatbot.deleted"), `subject` is what it was done to, in
    words that its owners gave it, and `details` are values that JSON can spell.
    """
    db.session.add(
        AuditEntry(
            organization_id=who.organization_id,
            who=who.label,
            network=truncated(request.remote_addr or "") if has_request_context() else None,
            action=action,
            subject=subject.replace("\0", "")[:MOST_SUBJECT_CHARS],
            chatbot_id=chatbot_id,
            details=details,
        )
    )


def note_reading(
    who: tenancy.Caller,
    action: str,
    subject: str = "",
    chatbot_id: UUID | None = None,
    **details: Any,
) -> None:
    """Note what they take along, in a commit of its own: the request promised to read only."""
    # after which SQLite's one writer need not wait for itself
    db.session.commit()
    with writing():
        note(who, action, subject, chatbot_id, **details)
        db.session.commit()
