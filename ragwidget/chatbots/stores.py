"""Which File Search store is a chatbot's, and what becomes of it when the API key changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from ragwidget import library, outbox
from ragwidget.chatbots.engines import key_in_force, leave_gemini
from ragwidget.chatbots.settings import put_store
from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.models import Chatbot

TIME_TO_LOOK = timedelta(days=1)  # whether a store is out of a new key's reach
KEY_GONE = (
    "There is no Gemini API key any more, so the embedded engine answers. Enter a key, and choose "
    "Gemini again."
)


def keep_store(chatbot_id: UUID, store: str, fingerprint: str | None) -> bool:
    """Make a store the chatbot's; False when it has one, or needs none any more."""
    kept = rows_changed(
        update(Chatbot)
        .where(
            Chatbot.id == chatbot_id,
            Chatbot.store.is_(None),
            or_(Chatbot.engine == "gemini", Chatbot.next_engine == "gemini"),
        )
        .values(store=store, store_key=fingerprint)
    )
    db.session.commit()
    return bool(kept)


def store_of(chatbot_id: UUID) -> str | None:
    """Return the name of a chatbot's store."""
    store = db.session.scalar(select(Chatbot.store).where(Chatbot.id == chatbot_id))
    db.session.commit()
    return store


def unknown_stores(stores: Sequence[str]) -> list[str]:
    """Return those of the stores that are no chatbot's and not to be deleted either."""
    named = set(db.session.scalars(select(Chatbot.store).where(Chatbot.store.in_(stores))))
    known = named | outbox.among("store", stores)
    db.session.commit()
    return [store for store in stores if store not in known]


def recognize_store(chatbot_id: UUID, store: str, fingerprint: str | None) -> None:
    """Note that the key in force opens a store, too."""
    db.session.execute(
        update(Chatbot)
        .where(Chatbot.id == chatbot_id, Chatbot.store == store)
        .values(store_key=fingerprint)
    )
    outbox.withdraw(db.session(), "store", store)
    db.session.commit()


def lose_store(
    chatbot_id: UUID, store: str, *, attempts: int = 0, pause: timedelta = timedelta()
) -> None:
    """Let a chatbot begin anew with another store; meanwhile the embedded engine answers."""
    chatbot = db.session.scalar(
        select(Chatbot)
        .where(Chatbot.id == chatbot_id, Chatbot.store == store)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if chatbot is not None:
        put_store(chatbot)
        chatbot.store = chatbot.store_key = None
        if chatbot.next_engine != "local":
            chatbot.engine, chatbot.next_engine = "local", "gemini"
        library.documents.move(db.session(), chatbot.id, attempts=attempts, pause=pause)
    db.session.commit()


def change_key(organization_id: UUID, earlier: str | None) -> list[UUID]:
    """Follow an organization to another API key; return the chatbots whose stores are in doubt.

    `earlier` is the sealed key that was in force. Without any key its chatbots answer locally.
    """
    fingerprint = key_in_force(organization_id)
    chatbots = db.session.scalars(
        select(Chatbot)
        .where(
            Chatbot.organization_id == organization_id,
            or_(Chatbot.engine == "gemini", Chatbot.next_engine == "gemini"),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    doubtful = [one for one in chatbots if one.store and one.store_key != fingerprint]
    for chatbot in doubtful:
        assert chatbot.store
        outbox.put(
            db.session(), "store", chatbot.store, organization_id, earlier, after=TIME_TO_LOOK
        )
        if chatbot.next_engine != "local":
            chatbot.engine, chatbot.next_engine = "local", "gemini"
    for chatbot in chatbots if fingerprint is None else ():
        leave_gemini(chatbot)
        chatbot.engine, chatbot.next_engine, chatbot.engine_error = "local", None, KEY_GONE
    db.session.commit()
    return [chatbot.id for chatbot in doubtful if chatbot.store]


def doubtful() -> list[UUID]:
    """Return the chatbots whose store was made with another key than the one in force."""
    rows = db.session.execute(
        select(Chatbot.id, Chatbot.organization_id, Chatbot.store_key).where(
            Chatbot.store.is_not(None)
        )
    ).all()
    db.session.commit()
    in_force = {id: key_in_force(id) for id in {row.organization_id for row in rows}}
    return [row.id for row in rows if in_force[row.organization_id] not in (None, row.store_key)]


def note_trouble(chatbot_id: UUID, words: str) -> None:
    """Tell the owner why a change of engines does not get on."""
    db.session.execute(
        update(Chatbot)
        .where(Chatbot.id == chatbot_id, Chatbot.next_engine.is_not(None))
        .values(engine_error=words)
    )
    db.session.commit()
