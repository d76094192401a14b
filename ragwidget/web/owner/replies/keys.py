"""What a key is told of itself."""

from __future__ import annotations

from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class ApiKey(Reply):
    """What a key is for."""

    id: UUID
    name: str
    organization_id: UUID
    chatbot_id: UUID | None
    """The only chatbot that it may see; null: all of them."""
    scopes: list[str]
    """Who may write a subject may read it, too."""


class KeyReply(Reply):
    """The key of this call."""

    key: ApiKey
