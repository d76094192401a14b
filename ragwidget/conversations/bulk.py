"""Changing all conversations that some filters find, lot by lot, each in a commit of its own.

What is spoken in meanwhile moves to the front of the list, where this does not look: a change is
made to what was there when it was asked for.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from ragwidget.conversations import triage
from ragwidget.conversations.search import finding, lists
from ragwidget.conversations.search.filters import Filters, parse
from ragwidget.conversations.triage import Change
from ragwidget.extensions import db
from ragwidget.models import BulkChange, Chatbot, new_id, now

LOT = 100
REMEMBERED = timedelta(days=1)  # once it is done


def begin(chatbot: Chatbot, filters: Filters, change: Change) -> BulkChange:
    """Write down what is to be done, in the caller's commit; `go_on` does it."""
    finding.catch_up(chatbot.id)  # or the filters would not find what was said just now
    made = BulkChange(
        id=new_id(),
        organization_id=chatbot.organization_id,
        chatbot_id=chatbot.id,
        change=change.name,
        tag_id=change.tag_id,
        filters=filters.spelled().to_dict(flat=False),
        cursor=lists.front(filters),
    )
    db.session.add(made)
    return made


def go_on(bulk_id: UUID) -> bool:
    """Do the next lot; tell whether there is more to do.

    Whoever does one holds its row, so that two workers never do the same.
    """
    found = db.session.scalar(
        select(BulkChange)
        .where(BulkChange.id == bulk_id, BulkChange.ended_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        db.session.commit()
        return False
    filters = parse(MultiDict(found.filters))
    page = lists.listing(found.chatbot_id, filters, after=found.cursor, limit=LOT)
    change = Change(found.change, found.tag_id)
    found.done += triage.apply(found.chatbot_id, [row.id for row in page.rows], change)
    if page.next is None:
        found.ended_at = now()
    else:
        found.cursor = page.next
    db.session.commit()
    return page.next is not None


def under_way(chatbot_id: UUID) -> list[BulkChange]:
    """Return what is still being done to a chatbot's conversations, oldest first."""
    return list(
        db.session.scalars(
            select(BulkChange)
            .where(BulkChange.chatbot_id == chatbot_id, BulkChange.ended_at.is_(None))
            .order_by(BulkChange.id)
        )
    )


def last(chatbot_id: UUID) -> BulkChange | None:
    """Return what was asked for last, done or not, unless it is forgotten."""
    asked = select(BulkChange).where(BulkChange.chatbot_id == chatbot_id)
    return db.session.scalar(asked.order_by(BulkChange.id.desc()).limit(1))


def due() -> list[UUID]:
    """Return what is not done yet, and forget what was done long ago."""
    db.session.execute(delete(BulkChange).where(BulkChange.ended_at < now() - REMEMBERED))
    open_ones = select(BulkChange.id).where(BulkChange.ended_at.is_(None))
    found = list(db.session.scalars(open_ones.order_by(BulkChange.id)))
    db.session.commit()
    return found
