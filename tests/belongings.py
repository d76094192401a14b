"""Every row that is somebody's, whatever table it stands in: to see that nobody changed it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Table, select

from ragwidget.extensions import db
from ragwidget.models import Membership

Rows = dict[str, list[tuple[Any, ...]]]

COME_AND_GO = {"sightings", "sign_ins"}  # written whenever somebody looks
STEPS = {"seen_at", "last_login_at", "current_login_at", "login_count"}


def belongings(app: Flask, organization_id: UUID) -> Rows:
    """Return all rows of an organization: its own, and those that point at one of them.

    Tables are found in the metadata and ties in their foreign keys, so that a new one is seen.
    """
    with app.app_context():
        members = db.session.scalars(
            select(Membership.user_id).filter_by(organization_id=organization_id)
        )
        return _rows_of({"organizations": {organization_id}, "users": set(members)})


def belongings_of_chatbot(app: Flask, chatbot_id: UUID) -> Rows:
    """Return all rows of a chatbot in the same way."""
    with app.app_context():
        return _rows_of({"chatbots": {chatbot_id}})


def _rows_of(owned: dict[str, set[Any]]) -> Rows:
    rows = {
        table.name: _rows(table, owned)
        for table in db.metadata.sorted_tables
        if table.name not in COME_AND_GO
    }
    db.session.rollback()
    return rows


def _rows(table: Table, owned: dict[str, set[Any]]) -> list[tuple[Any, ...]]:
    if table.name in owned:
        mine = table.primary_key.columns.values()[0].in_(owned[table.name])
    else:
        ties = [
            key.parent.in_(owned[key.column.table.name])
            for key in table.foreign_keys
            if owned.get(key.column.table.name)
        ]
        if not ties:
            return []
        mine = ties[0]
        for tie in ties[1:]:
            mine = mine | tie
    columns = [column for column in table.columns if column.name not in STEPS]
    wanted = select(*columns).where(mine)
    uncached = {"compiled_cache": None}  # Flask-Security's lists can't be cached, and say so
    found = [tuple(row) for row in db.session.execute(wanted, execution_options=uncached)]
    key = table.primary_key.columns.values()
    if len(key) == 1 and table.name not in owned:
        place = columns.index(key[0])
        owned[table.name] = {row[place] for row in found}
    return sorted(found, key=repr)
