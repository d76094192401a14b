"""The sources of a chatbot, and the ways to give it more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import current_app, flash, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from ragwidget import jobs, library, tenancy
from ragwidget.errors import InvalidInput, Refusal
from ragwidget.models import Chatbot, Source
from ragwidget.web.dashboard.forms import tidy
from ragwidget.web.dashboard.sources.door import back, bp, reason
from ragwidget.web.dashboard.sources.forms import PairForm, TextForm
from ragwidget.web.sources import bounded, note, take_in

MOST_WATCHED = 60


@bp.get("")
def index(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what a chatbot has to read, and the ways to give it more."""
    who = tenancy.member()
    return _page(who, tenancy.chatbot(who, chatbot_id))


@bp.post("")
def upload(chatbot_id: UUID) -> ResponseReturnValue:
    """Take files in; a file that is refused does not stop the others.

    A script sends one file at a time and is answered in JSON.
    """
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        raise InvalidInput("Choose at least one file first.", field="files")
    if request.accept_mimetypes.best == "application/json":
        source = _take_in(who, chatbot, files[0])
        [standing] = library.standing([source]).values()
        return jsonify(id=str(source.id), row=_row(who, chatbot, source, standing)), 201
    taken = 0
    for file in files:
        try:
            _take_in(who, chatbot, file)
            taken += 1
        except Refusal as refusal:
            flash(f"{file.filename}: {reason(refusal)}", "error")
    if taken:
        flash(f"{taken} of {len(files)} files taken in." if len(files) > 1 else "File taken in.")
    return back(chatbot)


@bp.post("/text")
def add_text(chatbot_id: UUID) -> ResponseReturnValue:
    """Take a pasted text in."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = TextForm()

    def add(most: int) -> Source:
        return library.add_text(chatbot, form.title.data, bounded(form.text.data), most=most)

    return _add(who, chatbot, form, add)


@bp.post("/qa")
def add_qa(chatbot_id: UUID) -> ResponseReturnValue:
    """Take a question with its answer in."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PairForm()

    def add(most: int) -> Source:
        return library.add_qa(chatbot, form.question.data, form.answer.data, most=most)

    return _add(who, chatbot, form, add)


@bp.get("/state")
def state(chatbot_id: UUID) -> ResponseReturnValue:
    """Tell how far the sources named by `id` are, as rows of the list."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    wanted = request.args.getlist("id", UUID)[:MOST_WATCHED]
    found = library.some(chatbot.id, wanted)
    standings = library.standing(found)
    return jsonify(
        rows={str(one.id): _row(who, chatbot, one, standings[one.id]) for one in found},
        unsettled=[str(id) for id, standing in standings.items() if not standing.settled],
        gone=[str(id) for id in set(wanted) - {source.id for source in found}],
    )


def _add(
    who: tenancy.Member, chatbot: Chatbot, form: TextForm | PairForm, add: Callable[[int], Source]
) -> ResponseReturnValue:
    """Take in what a form holds, or show it again with what is wrong."""
    if not form.validate_on_submit():
        return _page(who, chatbot, form), 422
    try:
        source = add(current_app.config["MAX_SOURCES"])
    except Refusal as refusal:
        flash(reason(refusal), "error")
        return _page(who, chatbot, form), refusal.status
    note(who, "added", source)
    jobs.wake(source.id)
    return back(chatbot)


def _take_in(who: tenancy.Member, chatbot: Chatbot, file: FileStorage) -> Source:
    source = take_in(chatbot, file)
    note(who, "added", source)
    jobs.wake(source.id)
    return source


def _page(who: tenancy.Member, chatbot: Chatbot, filled: TextForm | PairForm | None = None) -> str:
    search = tidy(request.args.get("search"))[:200]
    asked = tidy(request.args.get("question"))[:1000]  # by a visitor who was not answered
    found = library.of_chatbot(chatbot.id, search=search)
    text = filled if isinstance(filled, TextForm) else None
    pair = filled if isinstance(filled, PairForm) else None
    return render_template(
        "dashboard/sources.html",
        who=who,
        chatbot=chatbot,
        sources=found,
        standings=library.standing(found),
        search=search,
        text_form=text or TextForm(formdata=None),
        pair_form=pair or PairForm(formdata=None, question=asked),
        opened="text" if text else "qa" if pair or asked else "",
        largest=current_app.config["MAX_FILE_BYTES"],
        most_pages=current_app.config["MAX_PAGES"],
        most_chars=current_app.config["MAX_SOURCE_CHARS"],
    )


def _row(who: tenancy.Member, chatbot: Chatbot, source: Source, standing: library.Standing) -> str:
    return render_template(
        "dashboard/_source.html",
        who=who,
        chatbot=chatbot,
        source=source,
        standing=standing,
        whole="whole" in request.args,
    )
