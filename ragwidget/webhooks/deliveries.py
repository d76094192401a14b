"""What is on its way to webhooks: put, claimed, sent again after growing pauses, and kept a while.

One worker at a time sends to a webhook, so that an address that keeps silent holds up one worker
and nobody else's happenings.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from ragwidget.database import rows_changed
from ragwidget.errors import NotFound
from ragwidget.extensions import db
from ragwidget.models import Delivery, Happening, Webhook, new_id, now
from ragwidget.models.clock import by_clock

TEST = "webhook.test"
LEASE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=1)
OFF_AFTER = timedelta(days=3)  # of nothing but failures
LOGGED = 100  # of each webhook

TOO_LATE = "Given up after a day."


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    message = "This delivery is not in the log any more."


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery and where it goes, as plain values."""

    id: UUID
    webhook_id: UUID
    organization_id: UUID
    chatbot_id: UUID | None
    happening_id: UUID
    kind: str
    facts: dict[str, Any]
    happened_at: datetime
    attempts: int
    created_at: datetime
    url: str
    sealed_secret: str
    with_words: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a try went: what was answered, or why nothing was."""

    took_ms: int
    status: int | None = None
    reply: str = ""
    error: str = ""

    @property
    def arrived(self) -> bool:
        """Tell whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


def put(happening: Happening) -> None:
    """Put a happening on its way to the webhooks that want it, in the caller's commit."""
    listening = db.session.scalars(
        select(Webhook).filter_by(organization_id=happening.organization_id, off_at=None)
    )
    for webhook in listening:
        chosen = not webhook.chatbot_ids or str(happening.chatbot_id) in webhook.chatbot_ids
        if chosen and happening.kind in webhook.kinds:
            _add(webhook, happening.id, happening.kind, happening.facts, happening)


def put_test(webhook: Webhook, id: UUID | None = None) -> Delivery:
    """Put something on its way that did not happen."""
    delivery = _add(webhook, new_id(), TEST, {}, id=id)
    db.session.commit()
    return delivery


def redeliver(webhook: Webhook, delivery_id: UUID) -> None:
    """Send once more what is in the log, under the id that it had."""
    again = update(Delivery).filter_by(id=delivery_id, webhook_id=webhook.id)
    if not rows_changed(again.values(next_at=now(), created_at=now(), attempts=0)):
        raise DeliveryNotFound
    db.session.commit()


def sent(webhook: Webhook, delivery_id: UUID) -> Delivery:
    """Return what a webhook was sent, or refuse: `DeliveryNotFound`."""
    found = db.session.scalar(select(Delivery).filter_by(id=delivery_id, webhook_id=webhook.id))
    if found is None:
        raise DeliveryNotFound
    return found


def log_of(webhook_id: UUID) -> list[Delivery]:
    """Return what was and will be sent to a webhook, the newest first."""
    mine = select(Delivery).filter_by(webhook_id=webhook_id)
    return list(db.session.scalars(mine.order_by(Delivery.id.desc()).limit(LOGGED)))


def due(limit: int = 100) -> list[UUID]:
    """Return the webhooks that something is to be sent to now, and that nobody sends to."""
    waiting = exists().where(_due(), Delivery.webhook_id == Webhook.id)
    found = db.session.scalars(select(Webhook.id).where(_free(), waiting).limit(limit)).all()
    db.session.commit()
    return list(found)


def claim(webhook_id: UUID) -> bool:
    """Take a webhook for a minute; False when another sends to it, or nobody should."""
    taken = rows_changed(
        update(Webhook).where(Webhook.id == webhook_id, _free()).values(lease_until=by_clock(LEASE))
    )
    db.session.commit()
    return bool(taken)


def release(webhook_id: UUID) -> None:
    """Let another send to a webhook, and forget what its log need not show any more."""
    db.session.execute(update(Webhook).where(Webhook.id == webhook_id).values(lease_until=None))
    shown = (
        select(Delivery.id)
        .where(Delivery.webhook_id == webhook_id, Delivery.next_at.is_(None))
        .order_by(Delivery.id.desc())
        .offset(LOGGED)
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(
        delete(Delivery).where(
            Delivery.webhook_id == webhook_id, Delivery.next_at.is_(None), Delivery.id <= shown
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()


def next_of(webhook_id: UUID) -> Parcel | None:
    """Return the oldest that is to be sent to a webhook now, or None."""
    found = db.session.execute(
        select(Delivery, Webhook)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.webhook_id == webhook_id, _due())
        .order_by(Delivery.id)
        .limit(1)
    ).first()
    parcel = _parcel(*found) if found else None
    db.session.commit()
    return parcel


def note(parcel: Parcel, attempt: Attempt) -> bool:
    """Write down how a try went; tell whether the webhook was switched off by it."""
    attempts = parcel.attempts + 1
    again = None if attempt.arrived else _pause(attempts)
    late = again is not None and now() + again - parcel.created_at > GIVEN_UP_AFTER
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == parcel.id)
        .values(
            attempts=attempts,
            next_at=None if again is None or late else now() + again,
            sent_at=now(),
            delivered_at=now() if attempt.arrived else None,
            status=attempt.status,
            took_ms=attempt.took_ms,
            reply=attempt.reply,
            error=f"{attempt.error} {TOO_LATE}".strip() if late else attempt.error,
        )
    )
    off = False
    if attempt.arrived:
        db.session.execute(
            update(Webhook)
            .where(Webhook.id == parcel.webhook_id, Webhook.failing_since.is_not(None))
            .values(failing_since=None)
        )
    elif parcel.kind != TEST:
        off = _failed(parcel.webhook_id)
    db.session.commit()
    return off


def give_up_old() -> None:
    """Give up what could not be sent for a day, whatever the reason."""
    db.session.execute(
        update(Delivery)
        .where(_due(), Delivery.created_at < now() - GIVEN_UP_AFTER)
        .values(next_at=None, error=TOO_LATE)
    )
    db.session.commit()


def _failed(webhook_id: UUID) -> bool:
    """Count a failure; after days of nothing else, switch the webhook off and say so."""
    db.session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.failing_since.is_(None))
        .values(failing_since=now())
    )
    off = rows_changed(
        update(Webhook)
        .where(
            Webhook.id == webhook_id,
            Webhook.off_at.is_(None),
            Webhook.failing_since < now() - OFF_AFTER,
        )
        .values(off_at=now())
    )
    if off:
        db.session.execute(update(Delivery).filter_by(webhook_id=webhook_id).values(next_at=None))
    return bool(off)


def _add(
    webhook: Webhook,
    happening_id: UUID,
    kind: str,
    facts: dict[str, Any],
    happening: Happening | None = None,
    id: UUID | None = None,
) -> Delivery:
    delivery = Delivery(
        id=id or new_id(),
        organization_id=webhook.organization_id,
        webhook_id=webhook.id,
        chatbot_id=happening.chatbot_id if happening else None,
        happening_id=happening_id,
        kind=kind,
        facts=facts,
        happened_at=happening.created_at if happening else now(),
    )
    db.session.add(delivery)
    return delivery


def _due() -> ColumnElement[bool]:
    return Delivery.next_at <= now()


def _free() -> ColumnElement[bool]:
    return and_(
        Webhook.off_at.is_(None),
        or_(Webhook.lease_until.is_(None), Webhook.lease_until < by_clock()),
    )


def _pause(attempts: int) -> timedelta:
    """Return how long to wait: three times as long each time, and a little by chance."""
    grown = min(FIRST_PAUSE * 3 ** min(attempts - 1, 10), LONGEST_PAUSE)
    return grown * random.uniform(0.8, 1.2)  # noqa: S311 (so that not all come back at once)


def _parcel(delivery: Delivery, webhook: Webhook) -> Parcel:
    return Parcel(
        id=delivery.id,
        webhook_id=webhook.id,
        organization_id=delivery.organization_id,
        chatbot_id=delivery.chatbot_id,
        happening_id=delivery.happening_id,
        kind=delivery.kind,
        facts=delivery.facts,
        happened_at=delivery.happened_at,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        url=webhook.url,
        sealed_secret=webhook.secret,
        with_words=webhook.with_words,
    )
