"""Who a website signed for: one visitor, whatever device they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from ragwidget import conversations
from ragwidget.conversations import Speaker
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Identity, new_id, now

HAVE_SPOKEN = exists().where(
    Conversation.chatbot_id == Identity.chatbot_id,
    Conversation.visitor_id == Identity.visitor_id,
)
SEEN_EVERY = timedelta(hours=1)  # a page may identify its visitor each time that it loads


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as their website tells of them."""

    external_id: str
    name: str = ""
    email: str = ""
    vouched: bool = False  # name and e-mail were signed, too


def recognize(chatbot: Chatbot, person: Person, before: UUID | None = None) -> UUID:
    """Return the visitor that a person is; `before` is who they were until now.

    What they said as nobody in particular becomes theirs. Their id is never the one they had as
    nobody: whoever else holds a token from then, on a shared computer, holds nothing of theirs.
    """
    identity = _found(chatbot, person) or _made(chatbot, person)
    seen = (person.name, person.email, person.vouched)
    if (identity.name, identity.email, identity.vouched) != seen:
        identity.name, identity.email, identity.vouched = seen
    if identity.seen_at < now() - SEEN_EVERY:
        identity.seen_at = now()
    visitor_id = identity.visitor_id
    if before is not None and _of_visitor(chatbot.id, before) is None:
        conversations.hand_over(chatbot.id, before, visitor_id, _speaker(identity))
    db.session.commit()
    return visitor_id


def speaker(chatbot_id: UUID, visitor_id: UUID | None, said: Speaker) -> Speaker:
    """Return who begins a conversation: a person we know, else who they say they are."""
    identity = _of_visitor(chatbot_id, visitor_id) if visitor_id else None
    return _speaker(identity, said) if identity else said


def known(chatbot_id: UUID, visitor_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what a website calls those of these visitors whom it signed for."""
    rows = db.session.execute(
        select(Identity.visitor_id, Identity.external_id).where(
            Identity.chatbot_id == chatbot_id, Identity.visitor_id.in_(set(visitor_ids))
        )
    )
    return {row.visitor_id: row.external_id for row in rows}


def forget(chatbot_id: UUID, visitor_id: UUID) -> None:
    """Forget a person, in the caller's commit; signed for again, they are somebody new."""
    db.session.execute(
        delete(Identity).where(Identity.chatbot_id == chatbot_id, Identity.visitor_id == visitor_id)
    )


def forget_unseen(lifetime: timedelta) -> None:
    """Forget people who were not seen for so long and have no conversation any more."""
    db.session.execute(delete(Identity).where(Identity.seen_at < now() - lifetime, ~HAVE_SPOKEN))
    db.session.commit()


def give_new_ids(chatbot_id: UUID) -> None:
    """Make new visitors of all whom a website signed for, whose earlier tokens open nothing.

    Those who said nothing are forgotten: an owner can sign for any number of people, and should
    not hold up everybody else's writing. In the caller's transaction.
    """
    db.session.execute(delete(Identity).where(Identity.chatbot_id == chatbot_id, ~HAVE_SPOKEN))
    for identity in db.session.scalars(select(Identity).filter_by(chatbot_id=chatbot_id)):
        before, identity.visitor_id = identity.visitor_id, new_id()
        conversations.hand_over(chatbot_id, before, identity.visitor_id)


def _speaker(identity: Identity, said: Speaker | None = None) -> Speaker:
    if said and not (identity.name or identity.email):
        return Speaker(said.name, said.email, identified=True)
    return Speaker(identity.name, identity.email, identified=True, vouched=identity.vouched)


def _found(chatbot: Chatbot, person: Person) -> Identity | None:
    return db.session.scalar(
        select(Identity).filter_by(chatbot_id=chatbot.id, external_id=person.external_id)
    )


def _of_visitor(chatbot_id: UUID, visitor_id: UUID) -> Identity | None:
    return db.session.scalar(
        select(Identity).filter_by(chatbot_id=chatbot_id, visitor_id=visitor_id)
    )


def _made(chatbot: Chatbot, person: Person) -> Identity:
    made = Identity(
        id=new_id(),
        organization_id=chatbot.organization_id,
        chatbot_id=chatbot.id,
        external_id=person.external_id,
        visitor_id=new_id(),
        name=person.name,
        email=person.email,
        vouched=person.vouched,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        # two of their tabs came at once, and the other one was first
        found = _found(chatbot, person)
        if found is None:
            raise
        return found
    return made
