"""The audit log, for the owners of an organization: to read, to search and to take along."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from ragwidget import audit, tenancy
from ragwidget.errors import InvalidInput, NotFound
from ragwidget.web.dashboard.deeds import sentence_of

bp = Blueprint("audit_log", __name__, url_prefix="/dashboard/organization/audit-log")

ON_A_PAGE = 50
KINDS = {
    "csv": (audit.as_csv, "text/csv"),
    "jsonl": (audit.as_json_lines, "application/x-ndjson"),
}


@bp.get("")
def show() -> ResponseReturnValue:
    """Show what was done, the newest first."""
    who = tenancy.member("owner")
    search = audit.read_search(request.args)
    found = audit.entries(who.organization_id, search, after=_after(), limit=ON_A_PAGE + 1)
    asked = {name: str(value) for name, value in asdict(search).items() if value}
    return render_template(
        "dashboard/audit_log.html",
        who=who,
        entries=found[:ON_A_PAGE],
        next=found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None,
        search=search,
        asked=asked,
        later="after" in request.args,
        subjects=list(audit.SUBJECTS),
        chatbots={chatbot.id: chatbot.name for chatbot in tenancy.chatbots(who)},
        sentence_of=sentence_of,
    )


@bp.get("/audit-log.<kind>")
def export(kind: str) -> ResponseReturnValue:
    """Hand out what was done, as a file."""
    who = tenancy.member("owner")
    if kind not in KINDS:
        raise NotFound
    search = audit.read_search(request.args)
    audit.note_reading(who, "audit_log.exported", kind=kind)
    spell, mimetype = KINDS[kind]
    response = Response(stream_with_context(spell(who.organization_id, search)), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="audit-log.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.app_template_filter("told")
def told(details: dict[str, Any]) -> str:
    """Say in words what an entry tells beside what was done.

    >>> told({"change": "archive", "filters": {"rating": ["down"], "language": ["de"]}})
    'change: archive; filters: rating down, language de'
    """
    return "; ".join(
        f"{name.replace('_', ' ')}: {_words(value)}"
        for name, value in details.items()
        if value not in (None, [], {})
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(each)}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _after() -> UUID | None:
    spelled = request.args.get("after", "")
    try:
        return UUID(spelled) if spelled else None
    except ValueError:
        raise InvalidInput("after: it should be an entry's id.", field="after") from None
