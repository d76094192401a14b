"""Carries a call out a single time, however often it is sent under one name.

The id of what a call makes is written down before it is made. When a process dies in between,
the next one looks for that id first, and so never makes the same thing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from ragwidget.crypto.sealing import Seals
from ragwidget.database import rows_changed
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import ApiCall, new_id, now
from ragwidget.models.clock import by_clock
from ragwidget.tenancy import Keyholder

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)  # longer than a call takes


class StillRunning(Refusal):
    status = 409
    code = "still_running"
    message = "The first call with this Idempotency-Key is still running. Ask again in a moment."


class NameTaken(Refusal):
    status = 422
    code = "idempotency_key_taken"
    message = "Idempotency-Key: something else was sent with it. Use a new one for a new call."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that may be carried out, or the answer that it got already."""

    call_id: UUID
    made_id: UUID
    resumed: bool = False  # an earlier process died; what it made may be there
    answer: tuple[int, str] | None = None


def begin(who: Keyholder, name: str, fingerprint: str) -> Attempt:
    """Take the right to carry a call out, or return what it was answered; refuse meanwhile."""
    old = ApiCall.created_at < now() - KEPT
    rows_changed(delete(ApiCall).where(ApiCall.api_key_id == who.key_id, old))
    call = ApiCall(
        id=new_id(),
        organization_id=who.organization_id,
        api_key_id=who.key_id,
        name=name,
        fingerprint=fingerprint,
        made_id=new_id(),
        lease_until=by_clock(LEASE),
        created_at=now(),
    )
    attempt = Attempt(call.id, call.made_id)
    db.session.add(call)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return _again(who, name, fingerprint)
    return attempt


def finish(attempt: Attempt, status: int, answer: str) -> None:
    """Keep what a call was answered, for whoever sends it again."""
    sealed = _seals().seal(answer, _purpose(attempt.call_id))  # it may hold a secret
    mine = update(ApiCall).where(ApiCall.id == attempt.call_id)
    rows_changed(mine.values(status=status, answer=sealed))
    db.session.commit()


def release(attempt: Attempt) -> None:
    """Let a call that made nothing be sent again under its name."""
    rows_changed(delete(ApiCall).where(ApiCall.id == attempt.call_id))
    db.session.commit()


def forget_old() -> None:
    """Forget what nobody will ask for again."""
    rows_changed(delete(ApiCall).where(ApiCall.created_at < now() - KEPT))
    db.session.commit()


def _again(who: Keyholder, name: str, fingerprint: str) -> Attempt:
    mine = select(ApiCall).filter_by(api_key_id=who.key_id, name=name)
    call = db.session.scalar(mine.execution_options(populate_existing=True))
    if call is None:  # released just now
        raise StillRunning(retry_after=1)
    if call.fingerprint != fingerprint:
        raise NameTaken(field="Idempotency-Key")
    if call.status is not None:
        answer = _seals().unseal(call.answer or "", _purpose(call.id))
        kept = None if answer is None else (call.status, answer)  # None: under a lost secret
        return Attempt(call.id, call.made_id, resumed=True, answer=kept)
    taken_over = rows_changed(
        update(ApiCall)
        .where(ApiCall.id == call.id, ApiCall.status.is_(None), ApiCall.lease_until < by_clock())
        .values(lease_until=by_clock(LEASE))
    )
    db.session.commit()
    if not taken_over:
        raise StillRunning(retry_after=2)
    return Attempt(call.id, call.made_id, resumed=True)


def _seals() -> Seals:
    return Seals.of(current_app.config)


def _purpose(call_id: UUID) -> str:
    return f"api-call:{call_id.hex}"
