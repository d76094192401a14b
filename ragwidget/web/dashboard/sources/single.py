"""One source: what was read of it, reading it again, replacing and deleting it."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ragwidget import jobs, library, tenancy
from ragwidget.errors import InvalidInput, Refusal, SourceNotFound
from ragwidget.models import Chatbot, Source
from ragwidget.web.dashboard.sources.door import back, bp, reason
from ragwidget.web.sources import note, put_in_place

PASSAGES_A_PAGE = 50
GONE = "It is deleted already."


@bp.get("/<uuid:source_id>")
def show(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Show what was read of a source, so that its owner sees what the chatbot knows."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    source = tenancy.source(who, chatbot_id, source_id)
    after = max(-1, min(request.args.get("after", -1, int), 10**9))
    passages = library.passages_of(source.id, after=after, limit=PASSAGES_A_PAGE + 1)
    return render_template(
        "dashboard/source.html",
        who=who,
        chatbot=chatbot,
        source=source,
        standing=library.standing([source])[source.id],
        passages=passages[:PASSAGES_A_PAGE],
        after=passages[PASSAGES_A_PAGE - 1].position if len(passages) > PASSAGES_A_PAGE else None,
        continued=after >= 0,
    )


@bp.post("/<uuid:source_id>/again")
def read_again(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Try once more to read a source."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    if source := _still_there(who, chatbot, source_id):
        note(who, "read_again", source)
        library.read_again(source)
        jobs.wake(source.id)
    return back(chatbot)


@bp.post("/<uuid:source_id>/file")
def replace_file(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Let a changed file take the place of the earlier one, which answers until it was read."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    source = _still_there(who, chatbot, source_id)
    if source is None:
        return back(chatbot)
    file = request.files.get("file")
    try:
        if not file or not file.filename:
            raise InvalidInput("Choose the file that takes its place first.", field="file")
        put_in_place(source, file)
        note(who, "replaced", source)
        jobs.wake(source.id)
        flash(f"“{source.title}” takes the earlier one’s place as soon as it is ready.", "success")
    except Refusal as refusal:
        flash(reason(refusal), "error")
    page = url_for("dashboard.sources.show", chatbot_id=chatbot.id, source_id=source_id)
    return redirect(page, 303)


@bp.post("/<uuid:source_id>/delete")
def delete(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Take a source away, from the answers too."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    if source := _still_there(who, chatbot, source_id):
        title = source.title
        note(who, "deleted", source)
        library.remove(source, current_app.extensions["originals"])
        when = "Gemini forgets it in a moment" if chatbot.store else "it is in no answer any more"
        flash(f"“{title}” is deleted; {when}.", "success")
    return back(chatbot)


def _still_there(who: tenancy.Member, chatbot: Chatbot, source_id: UUID) -> Source | None:
    """Return a source, or say that another tab or another member deleted it."""
    try:
        return tenancy.source(who, chatbot.id, source_id)
    except SourceNotFound:
        flash(GONE, "info")
        return None
