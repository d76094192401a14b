"""Collecting what members are to be told, so that a thousand happenings make one line of a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from ragwidget.extensions import db
from ragwidget.happenings import BY_MAIL
from ragwidget.models import Happening, Membership, Notice, Subscription, User, now
from ragwidget.notices.subscriptions import chosen, row_of, usual

BETWEEN_MAILS = timedelta(minutes=10)
MOST_TOLD = 10  # of one kind at one chatbot, in one mail

WEBHOOK_OFF = "webhook.off"


def gather(happening: Happening) -> None:
    """Have the members told who want to hear of this, in the caller's commit."""
    if happening.kind not in BY_MAIL or not current_app.config["SMTP_URL"]:
        return
    for membership in _members(happening.organization_id):
        usually = usual(membership.role)
        row = db.session.get(Subscription, (membership.organization_id, membership.user_id))
        kinds, chatbot_ids = (
            (row.at_once, row.chatbot_ids) if row else (usually.at_once, usually.chatbot_ids)
        )
        if happening.kind in kinds and chosen(chatbot_ids, happening.chatbot_id):
            kept = row_of(membership.organization_id, membership.user_id, usually)
            add(kept, happening.chatbot_id, happening.kind, 1, [happening.facts])


def tell_owners(organization_id: UUID, kind: str, facts: dict[str, Any]) -> None:
    """Have the owners told of something that is theirs to hear, in the caller's commit."""
    if not current_app.config["SMTP_URL"]:
        return
    for membership in _members(organization_id):
        if membership.role == "owner":
            kept = row_of(organization_id, membership.user_id, usual(membership.role))
            add(kept, None, kind, 1, [facts])


def add(
    row: Subscription,
    chatbot_id: UUID | None,
    kind: str,
    count: int,
    facts: list[dict[str, Any]],
) -> None:
    """Add to what a member is told next; whoever calls holds their row."""
    known = db.session.scalar(
        select(Notice).where(
            Notice.organization_id == row.organization_id,
            Notice.user_id == row.user_id,
            Notice.chatbot_id.is_not_distinct_from(chatbot_id),
            Notice.kind == kind,
        )
    )
    if known is None:
        known = Notice(
            organization_id=row.organization_id,
            user_id=row.user_id,
            chatbot_id=chatbot_id,
            kind=kind,
            count=0,
            facts=[],
        )
        db.session.add(known)
    known.count += count
    known.facts = [*known.facts, *facts][:MOST_TOLD]
    if row.mail_at is None:
        earliest = row.mailed_at + BETWEEN_MAILS if row.mailed_at else now()
        row.mail_at = max(now(), earliest)
    db.session.flush()


def _members(organization_id: UUID) -> list[Membership]:
    """Return the members whose address is theirs, as far as this installation asks for that."""
    wanted = (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, User.active.is_(True))
        .order_by(Membership.user_id)  # two that lock them do so in one order
    )
    if current_app.config["CONFIRM_EMAIL"]:
        wanted = wanted.where(User.confirmed_at.is_not(None))
    return list(db.session.scalars(wanted))
