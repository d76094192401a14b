"""Waking a worker for what waits; should the queue be away, the sweep will find it."""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from sqlalchemy import select

from ragwidget.extensions import db
from ragwidget.jobs.finding import Bell
from ragwidget.jobs.indexing import wake_next
from ragwidget.jobs.queue import tell
from ragwidget.models import Source


def wake(source_id: UUID) -> None:
    """Tell a worker that a source waits."""
    tell("wake", source_id)
    chatbot_id = db.session.scalar(select(Source.chatbot_id).where(Source.id == source_id))
    db.session.commit()
    if chatbot_id is not None:
        wake_next(chatbot_id)


def deliver_soon(webhook_id: UUID) -> None:
    """Have a worker send a webhook what it is to hear."""
    tell("deliver", webhook_id)


def index_soon() -> None:
    """Have a worker let what was just said be found."""
    bell: Bell = current_app.extensions["bell"]
    bell.ring_soon()


def change_many(bulk_id: UUID) -> None:
    """Have a worker change all conversations that somebody asked for."""
    tell("change_conversations", bulk_id)


def suggest_for(message_id: UUID) -> None:
    """Have a worker write a title and follow-ups for an answer."""
    tell("suggest", message_id)
