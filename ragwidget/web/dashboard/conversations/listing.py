"""A chatbot's conversations: narrowed, in an order, and changed one by one or many at once."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, identities, insights, jobs, tenancy
from ragwidget.conversations import triage
from ragwidget.conversations.export import chosen
from ragwidget.conversations.triage import Change
from ragwidget.extensions import db
from ragwidget.models import BulkChange, Chatbot
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.exporting import as_file
from ragwidget.web.dashboard.conversations.filtering import Asked

THREADS_A_PAGE = 50
MOST_FRESH = 99
EXPORTS = {"export-csv": "csv", "export-jsonl": "jsonl"}
DONE = {
    "read": "marked as read",
    "unread": "marked as unread",
    "handle": "marked as handled",
    "reopen": "marked as not handled",
    "archive": "archived",
    "unarchive": "taken out of the archive",
    "tag": "tagged",
    "untag": "no longer tagged",
    "delete": "deleted",
}


@bp.get("")
def index(chatbot_id: UUID) -> ResponseReturnValue:
    """Show a chatbot's conversations, as far as they are wanted."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    asked = filtering.asked(chatbot.id)
    page = conversations.listing(
        chatbot.id, asked.filters, asked.sort, after=asked.after, limit=THREADS_A_PAGE
    )
    ids = [row.id for row in page.rows]
    tags = conversations.tags.of_organization(who.organization_id)
    all_here = page.next is None and not asked.after
    count = len(ids) if all_here else conversations.count(chatbot.id, asked.filters)
    return render_template(
        "dashboard/conversations.html",
        who=who,
        chatbot=chatbot,
        asked=asked,
        page=page,
        count=count,
        most_counted=conversations.MOST_COUNTED,
        known=identities.known(chatbot.id, [row.visitor_id for row in page.rows]),
        outcomes=insights.outcomes(ids),
        left_contact=conversations.with_contact(ids),
        tags=tags,
        tag_of={str(tag.id): tag for tag in tags},
        chips=filtering.chips(asked, tags),
        sources=filtering.sources_of(asked),
        words=filtering,
        fresh_after=page.first if asked.sort == "newest" and not asked.after else None,
        under_way=" ".join(map(_progress, conversations.bulk.under_way(chatbot.id))),
    )


@bp.get("/fresh")
def fresh(chatbot_id: UUID) -> ResponseReturnValue:
    """Tell how many conversations have come to the front of a list since a place in it."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    asked = filtering.asked(chatbot.id)
    newer = conversations.listing(
        chatbot.id, asked.filters, "oldest", after=asked.after, limit=MOST_FRESH
    )
    response = jsonify(count=len(newer.rows), more=newer.next is not None)
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/changes")
def changes(chatbot_id: UUID) -> ResponseReturnValue:
    """Tell how far the changes are that are being made to all that matched."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    open_ones = conversations.bulk.under_way(chatbot.id)
    last = conversations.bulk.last(chatbot.id)
    told = open_ones or ([last] if last else [])
    return jsonify(said=" ".join(map(_progress, told)), over=not open_ones)


@bp.post("/change")
def change(chatbot_id: UUID) -> ResponseReturnValue:
    """Do something to the conversations that were ticked, or to all that the filters find."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    asked = filtering.asked(chatbot.id)
    everything = "everything" in request.form
    ids = request.form.getlist("id", UUID)[:THREADS_A_PAGE]
    wished = request.form.get("change", "")
    back = redirect(asked.address(after=asked.after), 303)
    if not (ids or everything):
        flash("Tick the conversations first.", "error")
        return back
    if wished in EXPORTS:
        return _export(who, chatbot, asked, EXPORTS[wished], [] if everything else ids)
    wanted = triage.parse_change(wished)
    if wanted.name == "tag" and wanted.tag_id:
        conversations.tags.find(who.organization_id, wanted.tag_id)
    if wanted.name == "delete" and "sure" not in request.form:
        return _ask(who, chatbot, asked, ids, everything)
    if everything:
        _change_all(who, chatbot, asked, wanted)
        return back
    count = triage.apply(chatbot.id, ids, wanted)
    audit.note(who, _action(wanted), "", chatbot.id, change=str(wanted), count=count)
    db.session.commit()
    flash(f"{count} conversation{'' if count == 1 else 's'} {DONE[wanted.name]}.", "success")
    return back


def _export(
    who: tenancy.Member, chatbot: Chatbot, asked: Asked, kind: str, ids: list[UUID]
) -> ResponseReturnValue:
    """Hand out what was ticked, as a file; all that match have an address of their own."""
    if not ids:
        return redirect(asked.address("export", kind=kind), 303)
    audit.note(who, "conversations.exported", "", chatbot.id, kind=kind, count=len(ids))
    db.session.commit()
    return as_file(who, chatbot, kind, chosen(chatbot.id, ids))


def _change_all(who: tenancy.Member, chatbot: Chatbot, asked: Asked, wanted: Change) -> None:
    begun = conversations.bulk.begin(chatbot, asked.filters, wanted)
    told = asked.filters.spelled().to_dict(flat=False)
    audit.note(who, _action(wanted), "", chatbot.id, change=str(wanted), filters=told)
    db.session.commit()
    jobs.change_many(begun.id)
    flash("All that match are being changed; large lists take a while.", "success")


def _progress(change: BulkChange) -> str:
    """Say how far a change is."""
    many = f"{change.done:,} conversation{'' if change.done == 1 else 's'}"
    if change.ended_at:
        return f"{many} {DONE[change.change]}."
    return f"Conversations are being {DONE[change.change]}: {many} so far."


def _action(wanted: Change) -> str:
    return "conversations.deleted" if wanted.name == "delete" else "conversations.changed"


def _ask(
    who: tenancy.Member, chatbot: Chatbot, asked: Asked, ids: list[UUID], everything: bool
) -> str:
    """Ask whether somebody means it, for what is deleted is gone."""
    return render_template(
        "dashboard/conversations_delete.html",
        who=who,
        chatbot=chatbot,
        asked=asked,
        ids=ids,
        everything=everything,
        count=conversations.count(chatbot.id, asked.filters) if everything else len(ids),
        most_counted=conversations.MOST_COUNTED,
    )
