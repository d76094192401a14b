"""Making chatbots' File Search stores, and looking after them when an API key changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import select

from ragwidget import chatbots, gemini_keys, outbox
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini
from ragwidget.extensions import db, this_app
from ragwidget.jobs.queue import tell
from ragwidget.library.uploads import Claim, pause_after
from ragwidget.models import Chatbot

log = structlog.get_logger("ragwidget.jobs")


def service_for(organization_id: UUID) -> Gemini | None:
    """Return who serves an organization's chatbots, if it has a key."""
    return gemini_keys.gemini_for(this_app(), organization_id)


def key_in_force(organization_id: UUID) -> str | None:
    """Return the fingerprint of that key."""
    return gemini_keys.fingerprint(this_app(), organization_id)


def open_store(service: Gemini, fingerprint: str | None, claimed: Claim) -> str | None:
    """Make a chatbot's store, or return the one that another has made.

    A process may have died between making one and writing its name down: what it left is used.
    None when the chatbot needs none any more.
    """
    called = display_name(claimed)
    left = _left_behind(service, called)
    made = left[-1] if left else service.create_store(called)
    if chatbots.keep_store(claimed.chatbot_id, made, fingerprint):
        log.info("store made", chatbot_id=str(claimed.chatbot_id), store=made)
    kept = chatbots.store_of(claimed.chatbot_id)
    sealed = outbox.key_of(claimed.organization_id, fingerprint)
    for store in {made, *left} - {kept}:
        outbox.put(db.session(), "store", store, claimed.organization_id, sealed)
    db.session.commit()
    return kept


def display_name(claimed: Claim) -> str:
    """Return what people at the service read: the chatbot's name, and a mark that is only ours.

    A copy of this installation may have the same chatbots and the same key, and must not take
    the original's stores for its own: it has another secret, or at least another database.
    """
    config = current_app.config
    ours = f"ragwidget.store:{config['SECRET_KEY']}:{config['DATABASE_URL']}"
    mark = hashlib.sha256(ours.encode()).hexdigest()[:6]
    return f"{claimed.chatbot_name} {claimed.chatbot_id.hex[-8:]}-{mark}"


def _left_behind(service: Gemini, called: str) -> Sequence[str]:
    """Return the stores of this name that nobody knows, oldest first, as far as that can be told.

    Should it not work, one store too many is made; it holds nothing and costs nothing.
    """
    try:
        return chatbots.unknown_stores(service.find_stores(called))
    except ServiceFailed as trouble:
        log.info("stores not listed", code=trouble.code)
        return []


def rehome(organization_id: UUID, earlier: str | None = outbox.UNKNOWN) -> None:
    """Follow an organization to another API key.

    `earlier` is what `gemini_keys.sealed_key` said before the change. Stores that the new key
    can't open are made anew, and what was left behind is deleted with the earlier one.
    """
    for chatbot_id in chatbots.change_key(organization_id, earlier):
        tell("look_after", chatbot_id)


def look_after(chatbot_id: str) -> None:
    """See whether a chatbot's store is within reach of the key in force; else begin another."""
    organization_id, store = db.session.execute(
        select(Chatbot.organization_id, Chatbot.store).where(Chatbot.id == UUID(chatbot_id))
    ).one_or_none() or (None, None)
    db.session.commit()
    if organization_id is None or store is None:
        return
    fingerprint, service = key_in_force(organization_id), service_for(organization_id)
    if service is None:
        return
    try:
        if service.has_store(store):
            chatbots.recognize_store(UUID(chatbot_id), store, fingerprint)
        else:
            chatbots.lose_store(UUID(chatbot_id), store)
            log.info("another store is made", chatbot_id=chatbot_id, instead_of=store)
    except ServiceFailed as trouble:
        chatbots.note_trouble(UUID(chatbot_id), trouble.hint)
        if trouble.retryable:
            tell("look_after", UUID(chatbot_id), pause_after(2))
        return
    tell("change", UUID(chatbot_id))


def doubt(chatbot_id: UUID) -> None:
    """Have a chatbot's store looked after, because an answer could not be found in it."""
    tell("look_after", chatbot_id)


def look_after_all() -> None:
    """Look after the stores that were made with other keys than those in force."""
    for chatbot_id in chatbots.doubtful():
        look_after(str(chatbot_id))
