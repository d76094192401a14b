"""Making a chatbot, setting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from ragwidget import languages, outbox
from ragwidget.chatbots import history
from ragwidget.errors import ChatbotNotFound
from ragwidget.extensions import db
from ragwidget.models import Chatbot, new_id

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
