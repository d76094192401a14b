"""An answer that another process writes, read from what it writes down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import Flask

from ragwidget import conversations
from ragwidget.chat.checkpoints import STILL_SECONDS
from ragwidget.chat.events import Event, Start
from ragwidget.chat.replay import events_of
from ragwidget.conversations import Answer
from ragwidget.database import DATABASE_AWAY, reading
from ragwidget.extensions import db

POLL_SECONDS = 0.4
PING_AFTER_POLLS = 30
AWAY_SECONDS = 60.0  # so long somebody listens while the memory is away

Numbered = Iterator[tuple[int, Event] | None]


def follow(app: Flask, message_id: UUID, token: str, after: int) -> Numbered:
    """Yield an answer's events behind a number as they are written down."""
    number, polls = after, 0
    watch = _Watch(app, message_id)
    while True:
        answer = watch.look()
        if answer:
            events = events_of(
                started(answer.conversation_id, answer.title, answer.question_id, answer.id, token),
                answer.text,
                answer.cuts,
                answer.sources,
                status=answer.status,
                done=answer.done,
                error=answer.error,
            )
            if answer.ended and len(events) <= number:
                # more was sent than was ever written down: the end comes under the next number
                yield number + 1, events[-1]
                return
            for event in events[number:]:
                number += 1
                yield number, event
            if answer.ended:
                return
        time.sleep(POLL_SECONDS)
        polls += 1
        if polls % PING_AFTER_POLLS == 0 or not answer:
            yield None


def started(
    conversation_id: UUID, title: str, question_id: UUID, message_id: UUID, token: str
) -> Start:
    """Return the first event of an answer."""
    return Start(
        conversation={"id": str(conversation_id), "title": title, "token": token},
        question_id=str(question_id),
        message_id=str(message_id),
    )


class _Watch:
    """Looks at an answer again and again, and sees when nobody writes it any more."""

    def __init__(self, app: Flask, message_id: UUID) -> None:
        self._app = app
        self._message_id = message_id
        self._reached_at = time.monotonic()
        self._heartbeat: datetime | None = None
        self._still_since = 0.0

    def look(self) -> Answer | None:
        """Return the answer as it stands, None while the memory is away."""
        moment = time.monotonic()
        try:
            with self._app.app_context():
                answer = self._read()
        except DATABASE_AWAY:
            self._heartbeat = None
            if moment - self._reached_at > AWAY_SECONDS:
                raise
            return None
        self._reached_at = moment
        return answer

    def _read(self) -> Answer:
        with reading():
            answer = conversations.read_answer(self._message_id)
        db.session.remove()
        if answer.ended:
            return answer
        if self._heartbeat != answer.heartbeat_at:
            self._heartbeat, self._still_since = answer.heartbeat_at, time.monotonic()
            return answer
        # After a time in which the memory was away every heartbeat is old; who lives, writes.
        if time.monotonic() - self._still_since < STILL_SECONDS:
            return answer
        if not conversations.close_interrupted(self._message_id):
            return answer
        return conversations.read_answer(self._message_id)
