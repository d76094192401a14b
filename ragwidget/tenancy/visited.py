"""Chatbots that visitors ask, read anew only when they have changed.

A question must heed at once what an owner has just set, in any process: so the database is asked
each time, but only for the version of the rows, which it keeps of itself.
"""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from sqlalchemy import Row, Select, bindparam, literal_column, select
from sqlalchemy.orm import joinedload

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Organization

MOST_KEPT = 500

_CHATBOT = (
    select(Chatbot)
    .options(joinedload(Chatbot.organization))
    .execution_options(populate_existing=True)
)
_VERSION: Select[str, str] = (
    select(literal_column("chatbots.xmin"), literal_column("organizations.xmin"))
    .join_from(
        Chatbot.__table__,
        Organization.__table__,
        Chatbot.__table__.c.organization_id == Organization.__table__.c.id,
    )
    .where(Chatbot.__table__.c.id == bindparam("id"))
)

Kept = dict[UUID, tuple[Row[*tuple[str, str]], Chatbot]]


def chatbot(chatbot_id: UUID) -> Chatbot | None:
    """Return a chatbot with its organization, to be read and not to be changed."""
    connection = db.session.connection()
    if connection.dialect.name != "postgresql":
        return _read(chatbot_id)  # from a file that costs little, and it keeps no versions
    kept: Kept = current_app.extensions.setdefault("visited", {})
    version = connection.execute(_VERSION, {"id": chatbot_id}).first()
    before = kept.get(chatbot_id)
    if before is not None and before[0] == version:
        return before[1]
    found = _read(chatbot_id)
    if found is None or version is None:
        return None
    db.session.expunge(found)
    db.session.expunge(found.organization)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[chatbot_id] = version, found
    return found


def _read(chatbot_id: UUID) -> Chatbot | None:
    found: Chatbot | None = db.session.scalar(_CHATBOT.filter_by(id=chatbot_id))
    if found is None or found.ending_at or found.organization.ending_at:
        return None
    return found
