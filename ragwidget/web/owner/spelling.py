"""Conversations and messages as the owner API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ragwidget import conversations
from ragwidget.conversations import tags
from ragwidget.models import Conversation, Message, Tag

MILLION = 1_000_000

Tags = Mapping[str, dict[str, str]]


def tags_of(organization_id: UUID) -> Tags:
    """Return an organization's tags by their ids."""
    return {str(tag.id): spell_tag(tag) for tag in tags.of_organization(organization_id)}


def spell_tag(tag: Tag) -> dict[str, str]:
    """Return a tag as it is told."""
    return {"id": str(tag.id), "name": tag.name, "colour": tag.colour}


def spell_conversation(row: Conversation, known: Tags) -> dict[str, Any]:
    """Return a conversation as it is told."""
    return {
        "id": str(row.id),
        "title": row.title,
        "visitor": {
            "id": str(row.visitor_id),
            "name": row.visitor_name,
            "email": row.visitor_email,
            "identified": row.identified,
            "vouched": row.vouched,
        },
        "locale": row.locale,
        "page": {"url": row.page_url, "title": row.page_title},
        "network": row.address,
        "context": row.details.get("context", {}),
        "message_count": row.message_count,
        "tags": [known[tag] for tag in row.tags if tag in known],
        "unread": row.unread,
        "handled": row.handled_at is not None,
        "archived": row.team_archived_at is not None,
        "created_at": row.created_at.isoformat(),
        "last_message_at": row.last_message_at.isoformat(),
    }


def spell_message(message: Message) -> dict[str, Any]:
    """Return a message with its citations loaded, as it is told."""
    return conversations.spell_message(message) | {
        "page": {"url": message.page_url, "title": message.page_title},
        "model": message.model,
        "mode": message.mode,
        "temperature": message.temperature,
        "tokens": {
            "prompt": message.prompt_tokens,
            "cached": message.cached_tokens,
            "tool": message.tool_tokens,
            "thought": message.thought_tokens,
            "completion": message.completion_tokens,
            "total": message.total_tokens,
        },
        "cost": None if message.cost is None else message.cost / MILLION,
        "first_text_ms": message.first_text_ms,
        "total_ms": message.total_ms,
        "withheld": message.withheld,
        "hint": message.error_hint,
        "superseded": message.superseded_at is not None,
    }
