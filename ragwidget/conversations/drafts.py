"""Writing answers down as they grow."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, update

from ragwidget.chat.checkpoints import Draft
from ragwidget.conversations.answers import IS_OPEN, MESSAGES, OPEN
from ragwidget.extensions import db
from ragwidget.models import Message
from ragwidget.models.clock import by_clock

_DRAFTED = (
    update(MESSAGES)
    .where(MESSAGES.c.id == bindparam("message_id"), IS_OPEN)
    .values(heartbeat_at=by_clock())
)
_CARELESSLY = text("SET LOCAL synchronous_commit = off")
# the drafts come as one value, for a list of texts is looked through for each quote in it
_CHECKPOINT = text(
    """
    WITH drafts AS (
        SELECT * FROM json_to_recordset(CAST(:drafts AS json))
            AS drafts (id uuid, text text, cuts json)
    ), free AS (
        SELECT id FROM messages
        WHERE id IN (SELECT id FROM drafts) AND status IN ('pending', 'streaming')
        FOR NO KEY UPDATE SKIP LOCKED
    ), written AS (
        UPDATE messages
        SET text = drafts.text, cuts = drafts.cuts, heartbeat_at = statement_timestamp(),
            status = CASE drafts.text WHEN '' THEN 'pending' ELSE 'streaming' END
        FROM drafts JOIN free USING (id)
        WHERE messages.id = drafts.id
    )
    SELECT answers.id
    FROM json_to_recordset(CAST(:answers AS json)) AS answers (id uuid)
        LEFT JOIN messages ON messages.id = answers.id
            AND messages.status IN ('pending', 'streaming') AND messages.stop_asked_at IS NULL
    WHERE messages.id IS NULL
    """
)


def checkpoint(answers: Collection[UUID], drafts: Sequence[Draft]) -> set[UUID]:
    """Write down what was said so far, in one commit; return which of the answers should stop.

    It waits for nobody who holds one of the rows, so that whoever deletes several of them and a
    checkpoint of many never wait for each other; the next one comes in a second.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # what is lost with the machine is a second of text; nobody should wait for its disk
        connection.execute(_CARELESSLY)
        stopped = set(connection.scalars(_CHECKPOINT, _as_rows(answers, drafts)))
    else:
        if drafts:
            connection.execute(_DRAFTED, [_spelled(each) for each in drafts])
        going_on = OPEN, Message.id.in_(answers), Message.stop_asked_at.is_(None)
        stopped = set(answers).difference(db.session.scalars(select(Message.id).where(*going_on)))
    db.session.commit()
    return stopped


def _as_rows(answers: Collection[UUID], drafts: Sequence[Draft]) -> dict[str, str]:
    return {
        "answers": json.dumps([{"id": str(message_id)} for message_id in answers]),
        "drafts": json.dumps(
            [
                {"id": str(draft.message_id), "text": draft.text, "cuts": draft.cuts}
                for draft in drafts
            ]
        ),
    }


def _spelled(draft: Draft) -> dict[str, Any]:
    return {
        "message_id": draft.message_id,
        "text": draft.text,
        "cuts": draft.cuts,
        "status": "streaming" if draft.text else "pending",
    }
