"""What is told of the messages that visitors left for a human."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class ContactRequest(Reply):
    """A message that a visitor left for a human."""

    id: UUID
    chatbot_id: UUID
    conversation_id: UUID
    """Where it was left."""
    name: str
    email: str
    message: str
    state: Literal["open", "taken", "done"]
    assignee: str | None
    """The e-mail address of the member who looks after it."""
    created_at: datetime
    done_at: datetime | None


class ContactRequestReply(Reply):
    """One message that was left for a human."""

    contact: ContactRequest


class ContactRequests(Reply):
    """A page of messages that were left for a human."""

    contacts: list[ContactRequest]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""
