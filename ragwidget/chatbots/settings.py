"""Making a chatbot, setting it, deleting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, inspect, select
from sqlalchemy.orm import aliased

from ragwidget import conversations, languages, outbox
from ragwidget.chatbots import history
from ragwidget.errors import ChatbotNotFound
from ragwidget.extensions import db
from ragwidget.library import Originals
from ragwidget.models import Chatbot, Source, new_id

WELCOME = languages.words(languages.DEFAULT)["welcome"]  # said in the visitor's language


def create(organization_id: UUID, name: str, **settings: Any) -> Chatbot:
    """Make a chatbot; it reads nothing and is allowed nowhere yet."""
    chatbot = Chatbot(id=new_id(), organization_id=organization_id, name=name)
    chatbot.welcome = settings.pop("welcome", WELCOME)
    for key, value in settings.items():
        setattr(chatbot, key, value)
    db.session.add(chatbot)
    db.session.commit()
    return chatbot


def change(
    chatbot: Chatbot, by: UUID | None = None, *, program: str | None = None, **settings: Any
) -> None:
    """Change some of a chatbot's settings; the history says which, and who or what did it."""
    history.note(chatbot, by, settings, program)
    for key, value in settings.items():
        setattr(chatbot, key, value)
    db.session.commit()


def like(chatbot: Chatbot, **settings: Any) -> Chatbot:
    """Return a chatbot that is kept nowhere: this one, if some settings were others."""
    columns = inspect(Chatbot).column_attrs
    return Chatbot(**{each.key: getattr(chatbot, each.key) for each in columns} | settings)


def remove(chatbot: Chatbot, originals: Originals) -> None:
    """Delete a chatbot with its sources, conversations and sightings.

    Its files and its store follow as soon as that can be.
    """
    conversations.remove_all(chatbot.id)
    session, chatbot = db.session(), locked(chatbot)
    other = aliased(Source)
    kept = select(Source.original).where(
        Source.chatbot_id == chatbot.id,
        Source.original.is_not(None),
        ~exists().where(other.original == Source.original, other.chatbot_id != chatbot.id),
    )
    names = list(filter(None, session.scalars(kept)))
    outbox.put_originals(session, names, chatbot.organization_id)
    put_store(chatbot)
    conversations.abandon(chatbot_id=chatbot.id)
    session.execute(delete(Chatbot).where(Chatbot.id == chatbot.id))
    session.commit()
    outbox.forget_now(originals, names)


def locked(chatbot: Chatbot) -> Chatbot:
    """Return a chatbot as it is now, and keep the jobs from its store until the commit."""
    found = db.session.get(Chatbot, chatbot.id, populate_existing=True, with_for_update=True)
    if found is None:
        raise ChatbotNotFound
    return found


def put_store(chatbot: Chatbot, sealed_key: str | None = outbox.UNKNOWN) -> None:
    """Let a chatbot's store be deleted, if it has one; in the caller's transaction.

    `sealed_key` is what it was made with, if that is in force no more.
    """
    if chatbot.store is not None:
        sealed = outbox.key_of(chatbot.organization_id, chatbot.store_key)
        if sealed == outbox.UNKNOWN:
            sealed = sealed_key
        outbox.put(db.session(), "store", chatbot.store, chatbot.organization_id, sealed)


def message_limit(chatbot: Chatbot, config: Mapping[str, Any]) -> int:
    """Return how many characters one question to this chatbot may have."""
    return chatbot.max_message_chars or config["MAX_MESSAGE_CHARS"]
