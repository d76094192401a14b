"""What is known of a person: found, handed out, erased; and how long anything is kept.

A visitor's data is their conversations with one chatbot, what they left there for a human, and,
where their website signed for them, who they are. What days cost stays: it names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import selectinload

from ragwidget import conversations, identities
from ragwidget.extensions import db
from ragwidget.models import Chatbot, ContactRequest, Conversation, Identity, Message, now

MOST_PEOPLE = 50

log = structlog.get_logger("ragwidget.privacy")


@dataclass(frozen=True, slots=True)
class Traces:
    """One visitor, as far as a chatbot knows them."""

    visitor_id: UUID
    names: tuple[str, ...]  # names and addresses, as they were said
    external_id: str | None  # what their website calls them
    conversations: int
    last_seen_at: datetime


def kept_days(chatbot: Chatbot, installation: int) -> int | None:
    """Return after how many days what was said to a chatbot is erased; None: it is kept.

    An installation's own number is the most that a chatbot can have; 0 means that it has none.
    """
    days = [days for days in (chatbot.retention_days, installation) if days]
    return min(days, default=None)


def expire(installation: int) -> int:
    """Erase what is older than each chatbot keeps it; return how many rows went."""
    removed = 0
    for chatbot in db.session.scalars(select(Chatbot).filter_by(ending_at=None)).all():
        days = kept_days(chatbot, installation)
        if days is None:
            continue
        moment = now() - timedelta(days=days)
        while count := conversations.remove_before(chatbot.id, moment):
            removed += count
    if removed:
        log.info("erased what was too old", rows=removed)
    return removed


def find(chatbot_id: UUID, words: str) -> list[Traces]:
    """Return the visitors of a chatbot with this e-mail address, id, or id of their website."""
    ids = _visitor_ids(chatbot_id, words.strip())
    rows = db.session.execute(
        select(
            Conversation.visitor_id,
            Conversation.visitor_name,
            Conversation.visitor_email,
            func.count(),
            func.max(Conversation.last_message_at),
        )
        .where(Conversation.chatbot_id == chatbot_id, Conversation.visitor_id.in_(ids))
        .group_by(Conversation.visitor_id, Conversation.visitor_name, Conversation.visitor_email)
    ).all()
    people = db.session.scalars(
        select(Identity).where(Identity.chatbot_id == chatbot_id, Identity.visitor_id.in_(ids))
    )
    known = {identity.visitor_id: identity for identity in people}
    found = []
    for visitor_id in sorted(ids):
        theirs = [row for row in rows if row.visitor_id == visitor_id]
        identity = known.get(visitor_id)
        seen = [row[4] for row in theirs] + ([identity.seen_at] if identity else [])
        if not seen:
            continue
        said = [name for row in theirs for name in (row.visitor_name, row.visitor_email)]
        said += [identity.name, identity.email] if identity else []
        found.append(
            Traces(
                visitor_id,
                tuple(dict.fromkeys(filter(None, said))),
                identity.external_id if identity else None,
                sum(row[3] for row in theirs),
                max(seen),
            )
        )
    return sorted(found, key=lambda traces: traces.last_seen_at, reverse=True)


def export(chatbot: Chatbot, visitor_id: UUID) -> dict[str, Any]:
    """Return all that is known of a visitor, in values that JSON can spell."""
    identity = db.session.scalar(
        select(Identity).filter_by(chatbot_id=chatbot.id, visitor_id=visitor_id)
    )
    threads = db.session.scalars(
        select(Conversation)
        .filter_by(chatbot_id=chatbot.id, visitor_id=visitor_id)
        .order_by(Conversation.created_at)
    )
    return {
        "exported_at": now().isoformat(),
        "chatbot": {"id": str(chatbot.id), "name": chatbot.name},
        "visitor": {"id": str(visitor_id)} | (_spell_identity(identity) if identity else {}),
        "conversations": [_spell_thread(thread) for thread in threads],
    }


def erase(chatbot_id: UUID, visitor_id: UUID) -> int:
    """Erase all that is known of a visitor; return how many conversations that were."""
    removed = conversations.remove_visitor(chatbot_id, visitor_id)
    identities.forget(chatbot_id, visitor_id)
    db.session.commit()
    return removed


def _visitor_ids(chatbot_id: UUID, words: str) -> set[UUID]:
    if not words:
        return set()
    address = words.lower()
    given = Conversation.visitor_email != literal("", literal_execute=True)  # as its index says
    said = select(Conversation.visitor_id).where(
        Conversation.chatbot_id == chatbot_id,
        given,
        func.lower(Conversation.visitor_email) == address,
    )
    left = (
        select(Conversation.visitor_id)
        .join(ContactRequest, ContactRequest.conversation_id == Conversation.id)
        .where(ContactRequest.chatbot_id == chatbot_id, func.lower(ContactRequest.email) == address)
    )
    signed = select(Identity.visitor_id).where(
        Identity.chatbot_id == chatbot_id,
        or_(Identity.external_id == words, func.lower(Identity.email) == address),
    )
    ids = set(db.session.scalars(said.union(left, signed).limit(MOST_PEOPLE)))
    try:
        return ids | {UUID(words)}
    except ValueError:
        return ids


def _spell_identity(identity: Identity) -> dict[str, Any]:
    return {
        "external_id": identity.external_id,
        "name": identity.name,
        "email": identity.email,
        "seen_at": identity.seen_at.isoformat(),
    }


def _spell_thread(thread: Conversation) -> dict[str, Any]:
    said = db.session.scalars(
        select(Message)
        .filter_by(conversation_id=thread.id)
        .options(selectinload(Message.citations))
        .order_by(Message.position)
    )
    return conversations.spell_conversation(thread) | {
        "visitor": {"name": thread.visitor_name, "email": thread.visitor_email},
        "locale": thread.locale,
        "network": thread.address,
        "page": {"url": thread.page_url, "title": thread.page_title},
        "context": thread.details.get("context", {}),
        "messages": [
            conversations.spell_message(message)
            | {"page": {"url": message.page_url, "title": message.page_title}}
            for message in said
        ],
        "contact_requests": [
            {
                "name": left.name,
                "email": left.email,
                "message": left.message,
                "created_at": left.created_at.isoformat(),
            }
            for left in conversations.contacts(thread.id)
        ],
        "notes": [
            {"text": note.text, "created_at": note.created_at.isoformat()}
            for note in conversations.notes.of_conversation(thread.id)
        ],
    }
