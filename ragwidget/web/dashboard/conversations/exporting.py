"""Conversations as files to take along."""

from __future__ import annotations

from uuid import UUID

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, tenancy
from ragwidget.conversations import export as spelling
from ragwidget.errors import NotFound
from ragwidget.extensions import db
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.door import bp

FORMATS = {
    "csv": (spelling.as_csv, "text/csv; charset=utf-8"),
    "jsonl": (spelling.as_json_lines, "application/jsonl; charset=utf-8"),
}


@bp.get("/export.<kind>")
def export(chatbot_id: UUID, kind: str) -> ResponseReturnValue:
    """Hand out the conversations that filters find, as a file."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    asked = filtering.asked(chatbot.id)
    if kind not in FORMATS:
        raise NotFound
    told = asked.filters.spelled().to_dict(flat=False)
    audit.note_reading(who, "conversations.exported", "", chatbot.id, kind=kind, filters=told)
    return as_file(who, chatbot, kind, spelling.found_by(chatbot.id, asked.filters))


def as_file(who: tenancy.Caller, chatbot: Chatbot, kind: str, batch: spelling.Batch) -> Response:
    """Send conversations lot by lot, so that a file of any size takes the same memory."""
    spell, media_type = FORMATS[kind]
    tags = conversations.tags.of_organization(who.organization_id)
    lines = spell(batch, {str(tag.id): tag.name for tag in tags})
    db.session.commit()  # from here on, connections are lent for a lot
    response = Response(stream_with_context(lines), content_type=media_type)
    name = f"conversations-{chatbot.id}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
