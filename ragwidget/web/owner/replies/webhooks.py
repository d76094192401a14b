"""What is told of webhooks, and of what they were sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class Webhook(Reply):
    """An address that is told what happens."""

    id: UUID
    url: str
    kinds: list[str]
    chatbot_ids: list[UUID]
    """Empty: all of them."""
    with_words: bool
    on: bool
    failing_since: datetime | None
    created_at: datetime


class NewWebhookReply(Reply):
    """A webhook with what it signs by, which is told this once."""

    webhook: Webhook
    secret: str


class WebhookReply(Reply):
    """One webhook."""

    webhook: Webhook


class Webhooks(Reply):
    """The webhooks that there are."""

    webhooks: list[Webhook]


class Delivery(Reply):
    """What was sent to a webhook, or is on its way."""

    id: UUID
    kind: str
    chatbot_id: UUID | None
    happened_at: datetime
    attempts: int
    status: int | None
    """What the other side answered."""
    took_ms: int | None
    error: str
    delivered_at: datetime | None
    next_at: datetime | None
    """When it is tried again; null: it is over."""


class DeliveryReply(Reply):
    """One delivery."""

    delivery: Delivery


class Deliveries(Reply):
    """What was sent to a webhook lately, newest first."""

    deliveries: list[Delivery]
