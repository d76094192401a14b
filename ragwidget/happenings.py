"""What happens, for whoever listens: what webhooks and notices have still to tell.

A row is put here in the commit of what happened, if anybody listens; a job spreads it. A row names
things and holds nobody's words: they are looked up when it is told, as far as they still stand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from sqlalchemy import Row, delete, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ragwidget.extensions import db, this_app
from ragwidget.models import Conversation, Happening, Message, Webhook, new_id, now

log = structlog.get_logger("ragwidget.happenings")

KINDS = {
    "question.answered": "A question was answered",
    "question.unanswered": "A question found no answer",
    "feedback.received": "An answer was rated",
    "contact.requested": "A visitor left a message",
    "source.failed": "A source can’t be read",
    "limit.reached": "A daily limit is reached",
}
BY_MAIL = ("contact.requested", "source.failed", "limit.reached")  # seldom enough to be mailed
UNANSWERED = {"refused", "near"}
DAILY = {"chatbot", "organization", "budget"}  # whose allowance it is that ends for a day

KNOWN_SECONDS = 15.0  # so long another process may not know who listens since
MOST_KNOWN = 10_000
RING_AFTER_SECONDS = 0.2
ONCE_KEPT = timedelta(days=2)

Ended = Row[*tuple[Any, ...]]


class Listeners:
    """Who listens to what, known for a few seconds, so that telling nobody costs nothing."""

    def __init__(self, mailing: bool) -> None:
        self._always = frozenset(BY_MAIL if mailing else ())
        self._known: dict[UUID, tuple[float, frozenset[str]]] = {}
        self._told: set[str] = set()  # once, by this process
        self._ringing = threading.Lock()

    def of(self, organization_id: UUID) -> frozenset[str]:
        """Return the kinds that anybody of an organization wants to hear of."""
        until, kinds = self._known.get(organization_id, (0.0, frozenset()))
        if until > time.monotonic():
            return kinds
        wanted = db.session.scalars(
            select(Webhook.kinds).filter_by(organization_id=organization_id, off_at=None)
        )
        kinds = self._always.union(*wanted)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[organization_id] = time.monotonic() + KNOWN_SECONDS, kinds
        return kinds

    def is_told(self, once: str) -> bool:
        """Tell whether this process has tried to tell of something that is told once."""
        if once in self._told:
            return True
        if len(self._told) >= MOST_KNOWN:
            self._told.clear()
        self._told.add(once)
        return False

    def forget(self, organization_id: UUID) -> None:
        """Look anew who listens."""
        self._known.pop(organization_id, None)

    def ring(self, app: Flask) -> None:
        """Wake a worker up, in a moment and once for all that happens until then."""
        if not self._ringing.acquire(blocking=False):
            return

        def wake() -> None:
            self._ringing.release()
            try:
                with app.app_context():
                    app.extensions["spread"]()
            except Exception:
                log.exception("the queue is out of reach; the sweep will find what happened")

        bell = threading.Timer(RING_AFTER_SECONDS, wake)
        bell.daemon = True
        bell.start()


def init_app(app: Flask) -> None:
    """Know who listens in this app."""
    app.extensions["listeners"] = Listeners(mailing=bool(app.config["SMTP_URL"]))


def tell(
    organization_id: UUID,
    chatbot_id: UUID | None,
    kind: str,
    facts: dict[str, Any],
    *,
    once: str | None = None,
) -> None:
    """Have whoever listens told of something, in the caller's commit.

    What is named `once` is told no second time within two days, however often it happens.
    """
    if kind not in listeners().of(organization_id):
        return
    row = {
        "id": new_id(),
        "organization_id": organization_id,
        "chatbot_id": chatbot_id,
        "kind": kind,
        "facts": facts,
        "created_at": now(),
    }
    if once is None:
        db.session.execute(insert(Happening), [row])
    elif listeners().is_told(once) or not _put_once(row, once):
        return
    db.session.info["happened"] = True


def tell_of_answers(ended: Iterable[Ended]) -> None:
    """Have whoever listens told of answers that have ended, in the commit that ended them."""
    heard = [
        answer for answer in ended if _kind_of(answer) in listeners().of(answer.organization_id)
    ]
    tried = _tried({answer.conversation_id for answer in heard})
    for answer in heard:
        if answer.conversation_id in tried:
            continue
        tell(
            answer.organization_id,
            answer.chatbot_id,
            _kind_of(answer),
            {
                "conversation_id": str(answer.conversation_id),
                "question_id": str(answer.question_id),
                "message_id": str(answer.id),
            },
        )


def tell_of_rating(answer: Message, rating: str) -> None:
    """Have whoever listens told what a visitor thinks of an answer, in the caller's commit."""
    kind = "feedback.received"
    if kind not in listeners().of(answer.organization_id) or _tried({answer.conversation_id}):
        return
    facts = {"conversation_id": str(answer.conversation_id), "message_id": str(answer.id)}
    tell(answer.organization_id, answer.chatbot_id, kind, {**facts, "rating": rating})


def tell_of_limit(organization_id: UUID, chatbot_id: UUID, scope: str) -> None:
    """Have whoever listens told that a day's allowance is used up, once that day."""
    owner = chatbot_id if scope == "chatbot" else organization_id
    try:
        tell(
            organization_id,
            chatbot_id,
            "limit.reached",
            {"scope": scope},
            once=f"{owner.hex}:{scope}:{now():%Y-%m-%d}",
        )
        db.session.commit()
    except SQLAlchemyError:  # it must not stand between a visitor and the refusal
        db.session.rollback()
        log.exception("nobody was told of a limit")


def take(limit: int = 100) -> Sequence[Happening]:
    """Return the oldest that nobody was told of, and count them as told, in the caller's commit."""
    rows = db.session.scalars(
        select(Happening)
        .where(Happening.spread_at.is_(None))
        .order_by(Happening.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    ids = [row.id for row in rows]
    told = update(Happening).where(Happening.id.in_(ids), Happening.once.is_not(None))
    db.session.execute(told.values(spread_at=now()), execution_options=_UNSYNCHRONIZED)
    db.session.execute(
        delete(Happening).where(Happening.id.in_(ids), Happening.once.is_(None)),
        execution_options=_UNSYNCHRONIZED,
    )
    return rows


def waiting() -> bool:
    """Tell whether there is anything that nobody was told of."""
    found = db.session.scalar(select(Happening.id).where(Happening.spread_at.is_(None)).limit(1))
    db.session.commit()
    return found is not None


def forget_old() -> None:
    """Forget what was told once, when it may be told again."""
    db.session.execute(delete(Happening).where(Happening.spread_at < now() - ONCE_KEPT))
    db.session.commit()


def listeners() -> Listeners:
    """Return who listens, as this process knows."""
    known: Listeners = current_app.extensions["listeners"]
    return known


_UNSYNCHRONIZED = {"synchronize_session": False}


def _kind_of(answer: Ended) -> str:
    """Return as what an answer is told of, nothing of one that was stopped."""
    if answer.status == "stopped":
        return ""
    found = answer.status == "completed" and answer.finish_reason not in UNANSWERED
    return "question.answered" if found else "question.unanswered"


def _tried(conversation_ids: Collection[UUID]) -> set[UUID]:
    """Return those of conversations in which members try a chatbot: no program waits for these."""
    if not conversation_ids:
        return set()
    wanted = select(Conversation.id).where(
        Conversation.id.in_(conversation_ids), Conversation.tried
    )
    return set(db.session.scalars(wanted))


def _put_once(row: dict[str, Any], once: str) -> bool:
    """Put a row unless one of that name is there; tell whether it is new."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    wanted = dialect.insert(Happening).values(**row, once=once).on_conflict_do_nothing()
    return db.session.execute(wanted.returning(Happening.id)).first() is not None


@event.listens_for(db.session, "after_commit")
def _ring(session: Session) -> None:
    if session.info.pop("happened", False):
        listeners().ring(this_app())


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("happened", None)
