"""Chatbots that visitors ask, read anew only when they have changed.

A question must heed at once what an owner has just set, in any process: so the database is asked
each time, but only for the version of the rows, which it keeps of itself.
"""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from sqlalchemy import Select, bindparam, literal_column, select
from sqlalchemy.orm import joinedload

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Message, Organization

MOST_KEPT = 500

_CHATBOT = (
    select(Chatbot)
    .options(joinedload(Chatbot.organization))
    .execution_options(populate_existing=True)
)
_ASKED = select(Message.__table__.c.id).where(
    Message.__table__.c.chatbot_id == bindparam("id"),
    Message.__table__.c.client_id == bindparam("client_id"),
)
_VERSION: Select[str, str, UUID | None] = (  # and what is asked already, on one journey
    select(
        literal_column("chatbots.xmin"),
        literal_column("organizations.xmin"),
        _ASKED.scalar_subquery(),
    )
    .join_from(
        Chatbot.__table__,
        Organization.__table__,
        Chatbot.__table__.c.organization_id == Organization.__table__.c.id,
    )
    .where(Chatbot.__table__.c.id == bindparam("id"))
)

Kept = dict[UUID, tuple[tuple[str, str], Chatbot]]


def chatbot(chatbot_id: UUID, client_id: UUID | None = None) -> tuple[Chatbot | None, UUID | None]:
    """Return a chatbot with its organization, to be read and not to be changed.

    And the question that bears already what a page calls its own, if there is one.
    """
    connection = db.session.connection()
    named = {"id": chatbot_id, "client_id": client_id}
    if connection.dialect.name != "postgresql":  # a file costs little, and it keeps no versions
        return _read(chatbot_id), client_id and connection.scalar(_ASKED, named)
    kept: Kept = current_app.extensions.setdefault("visited", {})
    told = connection.execute(_VERSION, named).first()
    if told is None:
        return None, None
    version, asked = (told[0], told[1]), told[2]
    before = kept.get(chatbot_id)
    if before is not None and before[0] == version:
        return before[1], asked
    found = _read(chatbot_id)
    if found is None:
        return None, None
    db.session.expunge(found)
    db.session.expunge(found.organization)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[chatbot_id] = version, found
    return found, asked


def _read(chatbot_id: UUID) -> Chatbot | None:
    found: Chatbot | None = db.session.scalar(_CHATBOT.filter_by(id=chatbot_id))
    if found is None or found.ending_at or found.organization.ending_at:
        return None
    return found
