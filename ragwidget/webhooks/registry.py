"""Whom an organization tells what: its webhooks, and the secret of each."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, func, select, update

from ragwidget import happenings
from ragwidget.crypto.sealing import Seals
from ragwidget.errors import NotFound, Refusal
from ragwidget.extensions import db
from ragwidget.ingest.addresses import Address, parse
from ragwidget.models import Delivery, Webhook, new_id, now
from ragwidget.webhooks.signing import make_secret

MOST = 10  # of one organization


class WebhookNotFound(NotFound):
    code = "webhook_not_found"
    message = "There is no such webhook any more."


class TooManyWebhooks(Refusal):
    status = 409
    code = "too_many_webhooks"
    message = f"An organization can have {MOST} webhooks. Delete one first."


class AddressRefused(Refusal):
    status = 422
    code = "address_refused"
    message = "url: only addresses that begin with https:// can be told."


def of(organization_id: UUID) -> list[Webhook]:
    """Return an organization's webhooks, oldest first."""
    mine = select(Webhook).filter_by(organization_id=organization_id)
    return list(db.session.scalars(mine.order_by(Webhook.id)))


def one(organization_id: UUID, webhook_id: UUID) -> Webhook:
    """Return one of an organization's webhooks, or refuse: `WebhookNotFound`."""
    found = db.session.scalar(
        select(Webhook).filter_by(organization_id=organization_id, id=webhook_id)
    )
    if found is None:
        raise WebhookNotFound
    return found


def add(
    organization_id: UUID,
    url: str,
    kinds: Collection[str],
    chatbot_ids: Collection[str] = (),
    *,
    with_words: bool = False,
    id: UUID | None = None,
) -> tuple[Webhook, str]:
    """Have an address told of kinds of happenings; return it with its secret, shown this once."""
    spelled = str(_allowed(url))
    count = select(func.count()).select_from(Webhook).filter_by(organization_id=organization_id)
    if db.session.scalars(count).one() >= MOST:
        raise TooManyWebhooks
    secret = make_secret()
    webhook = Webhook(
        id=id or new_id(),
        organization_id=organization_id,
        url=spelled,
        kinds=list(kinds),
        chatbot_ids=list(chatbot_ids),
        with_words=with_words,
        secret="",
    )
    db.session.add(webhook)
    db.session.flush()
    webhook.secret = _seals().seal(secret, _purpose(webhook.id))
    _commit(organization_id)
    return webhook, secret


def change(
    webhook: Webhook,
    url: str,
    kinds: Collection[str],
    chatbot_ids: Collection[str],
    *,
    with_words: bool,
) -> None:
    """Tell another address, or of other things."""
    webhook.url = str(_allowed(url))
    webhook.kinds, webhook.chatbot_ids = list(kinds), list(chatbot_ids)
    webhook.with_words = with_words
    _commit(webhook.organization_id)


def switch(webhook: Webhook, *, on: bool) -> None:
    """Let an address hear nothing for now, or again; what was on its way is given up."""
    webhook.off_at = None if on else now()
    webhook.failing_since = None
    if not on:
        db.session.execute(update(Delivery).filter_by(webhook_id=webhook.id).values(next_at=None))
    _commit(webhook.organization_id)


def remove(webhook: Webhook) -> None:
    """Forget an address, with the log of what it was told."""
    db.session.execute(delete(Webhook).where(Webhook.id == webhook.id))
    _commit(webhook.organization_id)


def new_secret(webhook: Webhook) -> str:
    """Give a webhook another secret, and return it: nobody can read it afterwards."""
    secret = make_secret()
    webhook.secret = _seals().seal(secret, _purpose(webhook.id))
    db.session.commit()
    return secret


def secret_of(webhook_id: UUID, sealed: str) -> str | None:
    """Return what a webhook is signed with, None when it can't be read any more."""
    return _seals().unseal(sealed, _purpose(webhook_id))


def reseal() -> tuple[int, int]:
    """Bring every secret under the newest key; return how many moved, and how many are lost."""
    moved = lost = 0
    for webhook in db.session.scalars(select(Webhook)):
        resealed = _seals().reseal(webhook.secret, _purpose(webhook.id))
        webhook.secret = resealed or webhook.secret
        moved, lost = moved + bool(resealed), lost + (not resealed)
    db.session.commit()
    return moved, lost


def vouched() -> frozenset[str]:
    """Return the hosts that the operator vouches for, wherever they are."""
    return frozenset(current_app.config["PRIVATE_HOSTS"])


def _allowed(url: str) -> Address:
    """Refuse what everybody on the way could read, but for hosts that are vouched for."""
    address = parse(url)
    known = {address.host, f"{address.host}:{address.port}"}
    if address.scheme != "https" and vouched().isdisjoint(known):
        raise AddressRefused
    return address


def _commit(organization_id: UUID) -> None:
    db.session.commit()
    happenings.listeners().forget(organization_id)


def _seals() -> Seals:
    return Seals.of(current_app.config)


def _purpose(webhook_id: UUID) -> str:
    return f"webhook:{webhook_id.hex}"
