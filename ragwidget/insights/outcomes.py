"""How many answers of a conversation its owner should look at, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from ragwidget.extensions import db
from ragwidget.insights.counting import STANDING
from ragwidget.models import Message


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many answers of one conversation its owner should look at, and why."""

    refused: int = 0
    near: int = 0
    ungrounded: int = 0  # written by a model that used none of the sources
    failed: int = 0
    disliked: int = 0


def outcomes(conversation_ids: Sequence[UUID]) -> dict[UUID, Outcomes]:
    """Return what the owner should know of each of the conversations."""
    found = db.session.execute(
        select(
            Message.conversation_id,
            _number_of(Message.finish_reason == "refused"),
            _number_of(Message.finish_reason == "near"),
            _number_of(
                and_(
                    Message.status == "completed",
                    Message.grounded.is_(False),
                    Message.finish_reason != "refused",
                    Message.engine != "local",  # its greetings rest on nothing
                )
            ),
            _number_of(Message.status == "failed"),
            _number_of(Message.rating == "down"),
        )
        .where(Message.conversation_id.in_(conversation_ids), STANDING)
        .group_by(Message.conversation_id)
    )
    counted = {row[0]: Outcomes(*map(int, row[1:])) for row in found}
    return {id: counted.get(id, Outcomes()) for id in conversation_ids}


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
