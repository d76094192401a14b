"""What an owner's pages show beside what was said: money, sources, letters, notes of who did what.

There is the more of it the more was said, to the chatbot in which most was said.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any

from bench.crowd.installation import Installation, Place
from sqlalchemy import Connection, Engine, insert, select

from ragwidget.models import (
    AuditEntry,
    ContactRequest,
    Conversation,
    DailyUsage,
    Delivery,
    Source,
    Tag,
    Webhook,
    new_id,
    now,
)

MESSAGES_A_SOURCE = 5_000
MESSAGES_A_LETTER = 250
MESSAGES_A_NOTE = 50
DELIVERIES = 100  # as many as a log shows
ACTIONS = ("source.added", "conversation.deleted", "chatbot.changed", "member.invited")
DAYS = 365


def furnish(engine: Engine, made: Installation) -> None:
    """Give an installation what belongs to as many messages as it has."""
    with engine.begin() as connection:
        for place in made.places:
            _put(connection, DailyUsage, _spending(place))
        place = made.places[0]
        _put(connection, Source, _sources(place, made.messages // MESSAGES_A_SOURCE))
        theirs = select(Conversation.id).where(Conversation.chatbot_id == place.chatbot_id)
        letters = max(1, made.messages // MESSAGES_A_LETTER)
        conversations = connection.scalars(theirs.limit(letters)).all()
        _put(connection, ContactRequest, _letters(place, conversations, letters))
        _put(connection, AuditEntry, _notes(place, made.messages // MESSAGES_A_NOTE))
        tags = [{"name": f"Tag {number}"} for number in range(8)]
        _put(connection, Tag, [{**tag, "organization_id": place.organization_id} for tag in tags])
        webhook, deliveries = _webhook(place)
        _put(connection, Webhook, [webhook])
        _put(connection, Delivery, deliveries)


def _put(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _spending(place: Place) -> list[dict[str, Any]]:
    today = now().date()
    return [
        {
            "organization_id": place.organization_id,
            "chatbot_id": place.chatbot_id,
            "day": today - timedelta(days=ago),
            "model": "gemini-3.8-flash",
            "calls": 1_400,
            "prompt_tokens": 1_260_000,
            "completion_tokens": 112_000,
            "cost": 1_365_000,
        }
        for ago in range(2 * DAYS)
    ]


def _sources(place: Place, count: int) -> list[dict[str, Any]]:
    return [
        {
            "organization_id": place.organization_id,
            "chatbot_id": place.chatbot_id,
            "kind": "file",
            "title": f"Handbook, part {number}",
            "state": "ready",
            "progress": 100,
            "passage_count": 20,
        }
        for number in range(count)
    ]


def _letters(place: Place, conversations: Any, count: int) -> list[dict[str, Any]]:
    """Return letters of the last year, of which those of the last month are not done."""
    return [
        {
            "organization_id": place.organization_id,
            "chatbot_id": place.chatbot_id,
            "conversation_id": conversation_id,
            "name": "Vera",
            "email": "vera@example.org",
            "message": "Please call me about the bicycle that I left with you.",
            "created_at": now() - timedelta(days=DAYS) * number / count,
            "handled_at": None if number < count / 12 else now(),
        }
        for number, conversation_id in zip(range(count), cycle(conversations))
    ]


def _notes(place: Place, count: int) -> list[dict[str, Any]]:
    return [
        {
            "organization_id": place.organization_id,
            "who": f"member{number % 9}@example.org",
            "network": "203.0.113.0/24",
            "action": action,
            "subject": f"Subject {number}",
            "chatbot_id": place.chatbot_id,
            "details": {},
            "created_at": now() - timedelta(days=DAYS) * (count - number) / count,
        }
        for number, action in zip(range(count), cycle(ACTIONS))
    ]


def _webhook(place: Place) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    webhook_id = new_id()
    owned = {"organization_id": place.organization_id}
    webhook = {
        **owned,
        "id": webhook_id,
        "url": "https://shop.example/hook",
        "kinds": ["question.answered"],
        "secret": "sealed",
    }
    deliveries = [
        {
            **owned,
            "webhook_id": webhook_id,
            "happening_id": new_id(),
            "kind": "question.answered",
            "happened_at": now(),
            "attempts": 1,
            "next_at": None,
            "sent_at": now(),
            "delivered_at": now(),
            "status": 200,
            "took_ms": 80,
        }
        for _ in range(DELIVERIES)
    ]
    return webhook, deliveries
