"""From one engine to another: the old one answers until the new one is ready."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import exists, select

from ragwidget import gemini_keys, library
from ragwidget.chatbots.settings import locked, put_store
from ragwidget.errors import Refusal
from ragwidget.extensions import db, this_app
from ragwidget.library.documents import superseded
from ragwidget.models import Chatbot, Document, Source

log = structlog.get_logger("ragwidget.chatbots")

NAMES = {"gemini": "Gemini", "local": "The embedded engine"}
NONE_READY = "{name} can read none of the sources, so everything stays as it was."


class NoKey(Refusal):
    status = 409
    code = "gemini_key_missing"
    message = "Gemini needs an API key. Enter one for your organization first."


def change_engine(chatbot: Chatbot, engine: str) -> None:
    """Begin to change a chatbot's engine, in the background.

    It is done once all sources are settled for the new one; until then the old one answers.
    """
    if engine == chatbot.engine:
        stay(chatbot)
        return
    if engine == "gemini" and key_in_force(chatbot.organization_id) is None:
        raise NoKey
    chatbot = locked(chatbot)
    chatbot.next_engine, chatbot.engine_error = engine, None
    if engine == "local":
        library.read_missing(chatbot.id)
    db.session.commit()
    if engine == "local" or not library.of_chatbot(chatbot.id, limit=1):
        settle(chatbot.id)
    else:
        _wake(chatbot.id)


def stay(chatbot: Chatbot) -> None:
    """Give a change of engines up, and what was made for it."""
    chatbot = locked(chatbot)
    if chatbot.next_engine == "gemini":
        leave_gemini(chatbot)
    chatbot.next_engine = chatbot.engine_error = None
    db.session.commit()


def changing() -> list[UUID]:
    """Return the chatbots that are changing their engine."""
    found = db.session.scalars(select(Chatbot.id).where(Chatbot.next_engine.is_not(None))).all()
    db.session.commit()
    return list(found)


def progress(chatbot: Chatbot) -> library.Tally:
    """Return how far a chatbot's sources are for the engine that it changes to, or has."""
    return library.tally(chatbot.id, chatbot.next_engine or chatbot.engine)


def settle(chatbot_id: UUID) -> bool:
    """End a change of engines if all its sources are settled; return whether that was so."""
    if _busy(chatbot_id):
        return False
    library.documents.want_missing(chatbot_id)
    chatbot = db.session.scalar(
        select(Chatbot)
        .where(Chatbot.id == chatbot_id, Chatbot.next_engine.is_not(None))
        .with_for_update(key_share=True)  # no source comes or goes until the commit
        .execution_options(populate_existing=True)
    )
    if chatbot is None or chatbot.next_engine is None or _homeless(chatbot):
        db.session.rollback()
        return False
    tally = library.tally(chatbot.id, chatbot.next_engine)
    if tally.settled < tally.total:
        db.session.rollback()
        return False
    if tally.ready or not tally.total:
        if chatbot.next_engine == "local":
            leave_gemini(chatbot)
        chatbot.engine, chatbot.engine_error = chatbot.next_engine, None
    else:
        if chatbot.next_engine == "gemini":
            leave_gemini(chatbot)
        words = NONE_READY.format(name=NAMES[chatbot.next_engine])
        chatbot.engine_error = " ".join(filter(None, [words, tally.error]))
    chatbot.next_engine = None
    db.session.commit()
    return True


def leave_gemini(chatbot: Chatbot) -> None:
    """Let a chatbot's store go, with all that is in it; in the caller's transaction."""
    put_store(chatbot)
    library.documents.drop(db.session(), chatbot.id)
    chatbot.store = chatbot.store_key = None


def key_in_force(organization_id: UUID) -> str | None:
    """Return the fingerprint of the key that an organization's chatbots use, if there is one."""
    return gemini_keys.fingerprint(this_app(), organization_id)


def _wake(chatbot_id: UUID) -> None:
    """Have the change begun by a job. Should the queue be away, the sweep will find it."""
    try:
        current_app.extensions["change"](str(chatbot_id))
    except Exception:
        log.exception("the queue is out of reach", chatbot_id=str(chatbot_id))


def _busy(chatbot_id: UUID) -> bool:
    """Tell, from a glance only, that a chatbot changes nothing now or is not nearly done."""
    engine = db.session.scalar(select(Chatbot.next_engine).where(Chatbot.id == chatbot_id))
    waits = {
        "gemini": exists().where(
            Document.chatbot_id == chatbot_id,
            Document.state.in_(("waiting", "uploading", "indexing")),
            ~superseded(),
        ),
        "local": exists().where(
            Source.chatbot_id == chatbot_id, Source.state.in_(("waiting", "reading"))
        ),
    }
    busy = engine is None or bool(db.session.scalar(select(waits[engine])))
    db.session.commit()
    return busy


def _homeless(chatbot: Chatbot) -> bool:
    """Tell that a chatbot's store can't be vouched for, because the key in force is another."""
    return (
        chatbot.next_engine == "gemini"
        and chatbot.store is not None
        and chatbot.store_key != key_in_force(chatbot.organization_id)
    )
