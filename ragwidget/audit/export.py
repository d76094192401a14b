"""The audit log as a file: every line of it, in lots, so that any length takes the same memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ragwidget.audit.reading import Search, entries
from ragwidget.conversations.export import spreadsheet_safe
from ragwidget.database import reading
from ragwidget.extensions import db
from ragwidget.models import AuditEntry

AT_ONCE = 500
COLUMNS = ("at", "who", "network", "action", "subject", "chatbot_id", "details")


def as_csv(organization_id: UUID, search: Search) -> Iterator[str]:
    """Yield a table that spreadsheets open: no cell is a formula, whatever was typed."""
    yield "\ufeff" + _spell([list(COLUMNS)])
    for lot in _lots(organization_id, search):
        yield _spell([[_cell(record[name]) for name in COLUMNS] for record in lot])


def as_json_lines(organization_id: UUID, search: Search) -> Iterator[str]:
    """Yield a line of JSON for each entry."""
    for lot in _lots(organization_id, search):
        yield "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in lot)


def _lots(organization_id: UUID, search: Search) -> Iterator[list[dict[str, Any]]]:
    after: UUID | None = None
    while True:
        with reading():
            lot = entries(organization_id, search, after=after, limit=AT_ONCE)
            db.session.commit()
        if not lot:
            return
        yield [_record(entry) for entry in lot]
        after = lot[-1].id
        db.session.expunge_all()


def _record(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.created_at.isoformat(),
        "who": entry.who,
        "network": entry.network,
        "action": entry.action,
        "subject": entry.subject,
        "chatbot_id": str(entry.chatbot_id) if entry.chatbot_id else None,
        "details": entry.details,
    }


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    return spreadsheet_safe(value or "")


def _spell(rows: list[list[str]]) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(rows)
    return table.getvalue()
