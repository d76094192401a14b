"""Writing down how an answer ended, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Row, Update, bindparam, or_, select, update
from sqlalchemy.orm import selectinload

from ragwidget import budgets, happenings, metrics
from ragwidget.chat.events import SourceRef
from ragwidget.chat.record import Ending
from ragwidget.conversations.endings import End, Endings
from ragwidget.conversations.values import Answer, Ended, done_of, error_of, source_ref
from ragwidget.errors import MessageNotFound
from ragwidget.extensions import db
from ragwidget.models import Citation, Conversation, Message, Source, now
from ragwidget.models.clock import by_clock
from ragwidget.models.message import OPEN_STATUSES

STALE_AFTER = timedelta(seconds=20)  # a living turn gives a sign about once a second

# in so many words, or no database would look into the index over the few that are open
OPEN = Message.status.in_(bindparam("open", OPEN_STATUSES, expanding=True, literal_execute=True))
INTERRUPTED = ("interrupted", "The answer was interrupted. Please ask again.")

MESSAGES = Message.metadata.tables["messages"]
IS_OPEN = or_(*(MESSAGES.c.status == status for status in OPEN_STATUSES))  # for many at once

_TOLD = (  # beside the account, of an answer that has ended
    Message.conversation_id,
    Message.error_code,
    Message.error,
    Message.details,
    Message.grounded,
    Message.first_text_ms,
    Message.total_ms,
)
# made once and past the session, for it is what every visitor's last word waits for
_END = (
    update(MESSAGES)
    .where(MESSAGES.c.id == bindparam("message_id"), IS_OPEN)
    .values(heartbeat_at=None, to_index=True)
    .returning(*(column.label(column.key) for column in (*budgets.ACCOUNT, *_TOLD)))
)


def finish(message_id: UUID, ending: Ending) -> Ended:
    """Write the end of an answer down, whatever it is, and return how it now stands."""
    endings: Endings = current_app.extensions.setdefault("endings", Endings(_finish))
    ended = endings.finish(message_id, ending)
    if ended is not None:
        return ended
    try:
        answer = read_answer(message_id)  # another process has ended it before
    except MessageNotFound as gone:  # or its visitor deleted what it belongs to
        error = {"code": gone.code, "message": gone.message, "retryable": False}
        return Ended("stopped", error, {})
    return Ended(answer.status, answer.error, answer.done)


def _finish(ends: Sequence[End]) -> list[Ended | None]:
    ended: dict[UUID, Row[*tuple[Any, ...]]] = {}
    connection = db.session.connection()
    for message_id, ending in sorted(ends, key=lambda end: end[0]):  # whoever locks many does so
        row = connection.execute(_END, _taken_down(message_id, ending)).first()
        if row is not None:
            ended[message_id] = row
            _cite(message_id, ending.sources)
    happenings.tell_of_answers(ended.values())
    budgets.settle(ended.values())  # last, for others wait for the same day until the commit
    db.session.commit()
    rows = [ended.get(message_id) for message_id, _ in ends]
    return [Ended(row.status, error_of(row), done_of(row)) if row else None for row in rows]


def _cite(message_id: UUID, sources: Sequence[SourceRef]) -> None:
    if not sources:
        return
    named = select(Source.id).where(Source.id.in_([UUID(ref.source_id) for ref in sources]))
    known = set(db.session.scalars(named))
    db.session.add_all(
        Citation(
            message_id=message_id,
            # its source may have been deleted while the answer was written
            source_id=UUID(ref.source_id) if UUID(ref.source_id) in known else None,
            index=ref.index,
            title=ref.title[:300],
            kind=ref.kind,
            page=ref.page,
            url=ref.url,
            snippet=ref.snippet,
            score=ref.score,
            spans=[list(span) for span in ref.spans],
        )
        for ref in sources
    )


def read_answer(message_id: UUID) -> Answer:
    """Return an answer as it stands, or refuse."""
    found = db.session.execute(
        select(Message, Conversation.title)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id, Message.role == "chatbot")
        .options(selectinload(Message.citations))
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise MessageNotFound
    message, title = found
    assert message.question_id is not None  # every answer has one
    return Answer(
        id=message.id,
        conversation_id=message.conversation_id,
        title=title,
        question_id=message.question_id,
        status=message.status,
        text=message.text,
        cuts=tuple(message.cuts),
        sources=tuple(source_ref(citation) for citation in message.citations),
        error=error_of(message),
        heartbeat_at=message.heartbeat_at,
        done=done_of(message),
    )


def ask_to_stop(message_id: UUID) -> None:
    """Ask whichever process writes this answer to stop at its next checkpoint."""
    db.session.execute(
        update(Message).where(Message.id == message_id, OPEN).values(stop_asked_at=now())
    )
    db.session.commit()


def silent() -> bool:
    """Tell whether there are answers whose process seems to have died.

    After a time in which the database was away, those that are being written seem so, too, for a
    second: so wait before `close_interrupted`.
    """
    dead = OPEN, Message.heartbeat_at < by_clock(-STALE_AFTER)
    found = db.session.scalar(select(Message.id).where(*dead).limit(1))
    db.session.commit()
    return found is not None


def close_interrupted(message_id: UUID | None = None) -> int:
    """Fail the answers whose process died, their partial text kept; return how many."""
    code, words = INTERRUPTED
    dead = (
        update(Message)
        .where(
            OPEN,
            Message.heartbeat_at < by_clock(-STALE_AFTER),
        )
        .values(
            status="failed",
            finish_reason="interrupted",
            error_code=code,
            error=words,
            error_hint="The server stopped while it was answering.",
            details={"retryable": True},
            completed_at=now(),
            heartbeat_at=None,
            to_index=True,
        )
    )
    if message_id is not None:
        dead = dead.where(Message.id == message_id)
    ended = _end(dead)
    happenings.tell_of_answers(ended)
    budgets.settle(ended)
    db.session.commit()
    for answer in ended:
        metrics.TURNS(
            engine=answer.engine or "", status=answer.status, reason=answer.finish_reason
        ).inc()
    return len(ended)


def abandon(**whose: UUID) -> None:
    """End the answers that are being written and are to be deleted, in the caller's commit.

    What they take from here on is nobody's; what was set aside for them counts as spent, so that
    no visitor can ask for nothing by deleting the question.
    """
    db.session.execute(
        select(Message.id).filter_by(**whose).where(OPEN).order_by(Message.id).with_for_update()
    )
    stopped = update(Message).filter_by(**whose).where(OPEN)
    budgets.settle(_end(stopped.values(status="stopped", heartbeat_at=None)))


def _end(answers: Update) -> Sequence[Row[*tuple[Any, ...]]]:
    """Carry out what ends answers, and return those that ended; they are still to be settled."""
    return db.session.execute(
        answers.returning(*budgets.ACCOUNT, *_TOLD),
        execution_options={"synchronize_session": False},
    ).all()


def _taken_down(message_id: UUID, ending: Ending) -> dict[str, Any]:
    values = {
        "message_id": message_id,
        "text": ending.text,
        "cuts": ending.cuts,
        "status": ending.status,
        "finish_reason": ending.reason,
        "grounded": ending.grounded,
        "model": ending.model,
        "prompt_tokens": ending.usage.prompt,
        "completion_tokens": ending.usage.completion,
        "thought_tokens": ending.usage.thoughts,
        "tool_tokens": ending.usage.tools,
        "cached_tokens": ending.usage.cached,
        "total_tokens": ending.usage.total,
        "first_text_ms": ending.first_text_ms,
        "total_ms": ending.total_ms,
        "error_code": ending.error_code,
        "error": ending.error,
        "error_hint": ending.error_hint,
        "withheld": ending.withheld or None,
        "instead_of": ending.instead_of.hint if ending.instead_of else None,
        "metadata": {"retryable": ending.retryable} if ending.status == "failed" else {},
        "completed_at": now(),
    }
    return values | ({"engine": ending.engine} if ending.engine else {})
