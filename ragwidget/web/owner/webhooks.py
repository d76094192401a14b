"""Who else is told what happens, as programs set it up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from ragwidget import audit, jobs, tenancy, webhooks
from ragwidget.errors import ChatbotNotFound, Refusal
from ragwidget.ingest.addresses import AddressInvalid
from ragwidget.models import Delivery, Webhook
from ragwidget.tenancy import Keyholder
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_webhooks
from ragwidget.web.owner.door import OnlyOne, bp, holder, read_body
from ragwidget.web.owner.etags import require_match, tagged
from ragwidget.web.owner.replies.webhooks import (
    Deliveries,
    DeliveryReply,
    NewWebhookReply,
    WebhookReply,
    Webhooks,
)
from ragwidget.web.owner.schemas import NewWebhook, WebhookChange
from ragwidget.webhooks import (
    AddressRefused,
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookNotFound,
)

ONE = "/webhooks/<uuid:webhook_id>"
ODD: tuple[type[Refusal], ...] = (AddressInvalid, AddressRefused)


@bp.get("/webhooks")
@of_webhooks(answers=Webhooks, cached=True, refusals=(OnlyOne,))
def get_webhooks() -> ResponseReturnValue:
    """Return the organization's webhooks, oldest first."""
    who = _holder("read")
    return tagged(webhooks=[_spell(each) for each in webhooks.of(who.organization_id)])


@bp.post("/webhooks")
@of_webhooks(
    takes=NewWebhook,
    answers=NewWebhookReply,
    status=201,
    refusals=(*ODD, OnlyOne, TooManyWebhooks, ChatbotNotFound),
)
def post_webhook() -> ResponseReturnValue:
    """Have an address told what happens: signed, and again until it arrives."""
    who, body = _holder("write"), read_body(NewWebhook)
    chosen = _chosen(who, body.chatbot_ids)

    def made(webhook_id: UUID) -> dict[str, Any]:
        audit.note(who, "webhook.added", body.url, kinds=body.kinds)
        webhook, secret = webhooks.add(
            who.organization_id,
            body.url,
            body.kinds,
            chosen,
            with_words=body.with_words,
            id=webhook_id,
        )
        return {"webhook": _spell(webhook), "secret": secret}

    def found(webhook_id: UUID) -> dict[str, Any]:
        webhook = webhooks.one(who.organization_id, webhook_id)
        secret = webhooks.secret_of(webhook.id, webhook.secret) or ""
        return {"webhook": _spell(webhook), "secret": secret}

    return repeating.make(who, made, found)


@bp.get(ONE)
@of_webhooks(answers=WebhookReply, cached=True, refusals=(OnlyOne, WebhookNotFound))
def get_webhook(webhook_id: UUID) -> ResponseReturnValue:
    """Return one webhook."""
    return tagged(webhook=_spell(webhooks.one(_holder("read").organization_id, webhook_id)))


@bp.patch(ONE)
@of_webhooks(
    takes=WebhookChange,
    answers=WebhookReply,
    guarded=True,
    refusals=(*ODD, OnlyOne, WebhookNotFound, ChatbotNotFound),
)
def patch_webhook(webhook_id: UUID) -> ResponseReturnValue:
    """Tell another address, or of other things; or let it hear nothing for now."""
    who, body = _holder("write"), read_body(WebhookChange)
    webhook = webhooks.one(who.organization_id, webhook_id)
    require_match(webhook=_spell(webhook))
    chosen = webhook.chatbot_ids
    if body.chatbot_ids is not None:
        chosen = _chosen(who, body.chatbot_ids)
    audit.note(who, "webhook.changed", webhook.url)
    webhooks.change(
        webhook,
        body.url or webhook.url,
        body.kinds or webhook.kinds,
        chosen,
        with_words=webhook.with_words if body.with_words is None else body.with_words,
    )
    if body.on is not None:
        webhooks.switch(webhook, on=body.on)
    return tagged(webhook=_spell(webhook))


@bp.delete(ONE)
@of_webhooks(status=204, guarded=True, refusals=(OnlyOne, WebhookNotFound))
def delete_webhook(webhook_id: UUID) -> ResponseReturnValue:
    """Forget a webhook, with the log of what it was told."""
    who = _holder("write")
    webhook = webhooks.one(who.organization_id, webhook_id)
    require_match(webhook=_spell(webhook))
    audit.note(who, "webhook.removed", webhook.url)
    webhooks.remove(webhook)
    return "", 204


@bp.get(f"{ONE}/deliveries")
@of_webhooks(answers=Deliveries, refusals=(OnlyOne, WebhookNotFound))
def get_deliveries(webhook_id: UUID) -> ResponseReturnValue:
    """Return what was sent to a webhook lately, and how that went."""
    webhook = webhooks.one(_holder("read").organization_id, webhook_id)
    return jsonify(deliveries=[_spell_delivery(each) for each in webhooks.log_of(webhook.id)])


@bp.post(f"{ONE}/test")
@of_webhooks(answers=DeliveryReply, status=202, refusals=(OnlyOne, WebhookNotFound))
def post_test(webhook_id: UUID) -> ResponseReturnValue:
    """Send a webhook something that did not happen; its deliveries tell what came of it."""
    who = _holder("write")
    webhook = webhooks.one(who.organization_id, webhook_id)

    def made(delivery_id: UUID) -> dict[str, Any]:
        audit.note(who, "webhook.tested", webhook.url)
        webhooks.put_test(webhook, delivery_id)
        return _on_its_way(webhook, delivery_id)

    return repeating.make(who, made, lambda id: _on_its_way(webhook, id), status=202)


@bp.post(f"{ONE}/deliveries/<uuid:delivery_id>/redeliver")
@of_webhooks(
    answers=DeliveryReply, status=202, refusals=(OnlyOne, WebhookNotFound, DeliveryNotFound)
)
def redeliver(webhook_id: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Send once more what was sent, under the id that it had."""
    who = _holder("write")
    webhook = webhooks.one(who.organization_id, webhook_id)

    def again(_: UUID) -> dict[str, Any]:
        audit.note(who, "webhook.redelivered", webhook.url, delivery_id=str(delivery_id))
        webhooks.redeliver(webhook, delivery_id)
        return _on_its_way(webhook, delivery_id)

    return repeating.make(who, again, again, status=202)


def _on_its_way(webhook: Webhook, delivery_id: UUID) -> dict[str, Any]:
    jobs.deliver_soon(webhook.id)
    return {"delivery": _spell_delivery(webhooks.sent(webhook, delivery_id))}


def _holder(right: str) -> Keyholder:
    """Return whose key it is, which must be for the whole organization: so are webhooks."""
    who = holder(f"webhooks:{right}")
    if who.chatbot_id is not None:
        raise OnlyOne
    return who


def _chosen(who: Keyholder, chatbot_ids: Iterable[UUID]) -> list[str]:
    return [str(tenancy.chatbot(who, chatbot_id).id) for chatbot_id in chatbot_ids]


def _spell(webhook: Webhook) -> dict[str, Any]:
    failing = webhook.failing_since
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "kinds": webhook.kinds,
        "chatbot_ids": webhook.chatbot_ids,
        "with_words": webhook.with_words,
        "on": webhook.off_at is None,
        "failing_since": failing.isoformat() if failing else None,
        "created_at": webhook.created_at.isoformat(),
    }


def _spell_delivery(delivery: Delivery) -> dict[str, Any]:
    moments = {
        name: moment.isoformat() if (moment := getattr(delivery, name)) else None
        for name in ("happened_at", "delivered_at", "next_at")
    }
    return {
        "id": str(delivery.id),
        "kind": delivery.kind,
        "chatbot_id": str(delivery.chatbot_id) if delivery.chatbot_id else None,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "took_ms": delivery.took_ms,
        "error": delivery.error,
        **moments,
    }
