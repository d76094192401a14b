"""The end of a chatbot: out of everybody's sight from one commit on, gone in lots behind the pages.

Nobody waits for that, and whoever is killed at it is followed by another.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import aliased

from ragwidget import conversations, library, outbox
from ragwidget.chatbots.engines import leave_gemini
from ragwidget.chatbots.settings import locked
from ragwidget.conversations.erasing import REMOVED_AT_ONCE
from ragwidget.extensions import db
from ragwidget.library import Originals
from ragwidget.models import (
    ApiKey,
    Chatbot,
    ContactRequest,
    Conversation,
    Happening,
    Notice,
    Source,
    now,
)

SEEN_ELSEWHERE = (ApiKey, ContactRequest, Happening, Notice)  # than on its own pages


def remove(chatbot: Chatbot) -> None:
    """Begin to delete a chatbot with all that it read and said; `go_on` does it.

    Nobody sees anything of it from here on. Its store follows as soon as that can be.
    """
    chatbot = locked(chatbot)
    conversations.abandon(chatbot_id=chatbot.id)
    leave_gemini(chatbot)
    chatbot.engine, chatbot.next_engine, chatbot.ending_at = "local", None, now()
    for table in SEEN_ELSEWHERE:
        db.session.execute(delete(table).filter_by(chatbot_id=chatbot.id))
    db.session.commit()


def due() -> list[UUID]:
    """Return the chatbots that are being deleted."""
    found = list(db.session.scalars(select(Chatbot.id).where(Chatbot.ending_at.is_not(None))))
    db.session.commit()
    return found


def left(organization_id: UUID) -> list[tuple[str, int]]:
    """Return which of an organization's chatbots are being deleted for a while yet.

    By name, with how many conversations of each are still there.
    """
    still = (
        select(func.count())
        .where(Conversation.chatbot_id == Chatbot.id)
        .correlate(Chatbot)
        .scalar_subquery()
    )
    ending = (
        select(Chatbot.name, still)
        .where(Chatbot.organization_id == organization_id, Chatbot.ending_at.is_not(None))
        .order_by(Chatbot.id)
    )
    found = db.session.execute(ending)
    return [(name, count) for name, count in found if count > REMOVED_AT_ONCE]


def go_on(chatbot_id: UUID, originals: Originals) -> bool:
    """Delete the next lot of a chatbot that is being deleted; tell whether there is more to do.

    Its files follow as soon as that can be. Whoever does a lot holds the chatbot's row, so that
    two workers never do the same.
    """
    chatbot = db.session.scalar(
        select(Chatbot)
        .where(Chatbot.id == chatbot_id, Chatbot.ending_at.is_not(None))
        .with_for_update(skip_locked=True)
    )
    if chatbot is None:
        db.session.commit()
        return False
    if conversations.remove_some(chatbot_id):
        return True
    if library.unshelve_some(db.session(), chatbot_id):
        db.session.commit()
        return True
    _remove_rest(chatbot, originals)
    return False


def _remove_rest(chatbot: Chatbot, originals: Originals) -> None:
    session, other = db.session(), aliased(Source)
    kept = select(Source.original).where(
        Source.chatbot_id == chatbot.id,
        Source.original.is_not(None),
        ~exists().where(other.original == Source.original, other.chatbot_id != chatbot.id),
    )
    names = list(filter(None, session.scalars(kept)))
    outbox.put_originals(session, names, chatbot.organization_id)
    conversations.abandon(chatbot_id=chatbot.id)
    session.execute(delete(Chatbot).where(Chatbot.id == chatbot.id))
    session.commit()
    outbox.forget_now(originals, names)
