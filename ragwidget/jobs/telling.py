"""Spreading what happened to webhooks and members, and sending it."""

from __future__ import annotations

import time
from uuid import UUID

import structlog
from flask import current_app

from ragwidget import happenings, notices, webhooks
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.ingest.fetch import post
from ragwidget.jobs.queue import tell
from ragwidget.links import link
from ragwidget.webhooks import Attempt, Parcel
from ragwidget.webhooks.registry import vouched

log = structlog.get_logger("ragwidget.jobs")

ENOUGH_SECONDS = 20.0  # for one webhook, before others have their turn
WORDS = {
    "not_reachable": "Nobody answered at this address.",
    "too_slow": "It took too long to answer.",
    "address_not_public": "This address leads into a private network.",
}
SEALED = "The secret can’t be read any more: make another one."


def spread() -> None:
    """Put what happened on its way to whoever listens."""
    while told := happenings.take():
        for happening in told:
            webhooks.put(happening)
            notices.gather(happening)
        db.session.commit()
    db.session.commit()
    if notices.due():
        current_app.extensions["mail"]()
    for webhook_id in webhooks.due():
        tell("deliver", webhook_id)


def deliver(webhook_id: str) -> int:
    """Send a webhook what it is to hear now, for a while; return how many times it was tried."""
    this, count = UUID(webhook_id), 0
    if not webhooks.claim(this):
        return 0
    enough = time.monotonic() + ENOUGH_SECONDS
    while time.monotonic() < enough and (parcel := webhooks.next_of(this)):
        attempt = send(parcel)
        count += 1
        if webhooks.note(parcel, attempt):
            facts = {"link": link("dashboard.webhooks.show", webhook_id=this)}
            notices.tell_owners(parcel.organization_id, notices.WEBHOOK_OFF, facts)
            db.session.commit()
            break
        if attempt.status is None:
            break  # an address that keeps silent would take ten seconds for each
    else:
        if webhooks.next_of(this):
            tell("deliver", this)
    webhooks.release(this)
    return count


def send(parcel: Parcel) -> Attempt:
    """Send one delivery, whatever comes of it."""
    secret = webhooks.secret_of(parcel.webhook_id, parcel.sealed_secret)
    if secret is None:
        return Attempt(0, error=SEALED)
    body = webhooks.spell(parcel)
    db.session.remove()  # nobody waits for a stranger with a connection in hand
    began = time.perf_counter()
    headers = webhooks.headers_of(secret, str(parcel.id), int(time.time()), body)
    try:
        answered = post(parcel.url, body, headers, allow_private=vouched())
    except Refusal as refusal:
        return Attempt(_ms(began), error=WORDS.get(refusal.code, refusal.message)[:300])
    error = "" if 200 <= answered.status < 300 else f"It answered with status {answered.status}."
    reply = answered.beginning.decode("utf-8", "replace").replace("\0", "")
    log.info("webhook", kind=parcel.kind, status=answered.status, attempt=parcel.attempts + 1)
    return Attempt(_ms(began), answered.status, reply, error)


def _ms(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
