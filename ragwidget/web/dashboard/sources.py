"""What a chatbot is given to read: adding it, watching it being read, taking it away."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ragwidget import audit, jobs, library, tenancy
from ragwidget.errors import InvalidInput, Refusal, SourceNotFound
from ragwidget.models import Chatbot, Source
from ragwidget.web.dashboard.forms import TidyForm, tidy

bp = Blueprint("sources", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/sources")

MOST_WATCHED = 60
PASSAGES_A_PAGE = 50
GONE = "It is deleted already."


class TextForm(TidyForm):
    """A text that an owner pastes."""

    title = StringField(
        "Title",
        description="Visitors see it under the answers that come from this text.",
        validators=[DataRequired("Please give the text a title."), Length(max=300)],
    )
    text = TextAreaField(
        "Text",
        description="Plain text or Markdown. Headings help the chatbot find its way.",
        validators=[DataRequired("There is no text yet.")],
    )


class PairForm(TidyForm):
    """A question with the answer that an owner wants to be given."""

    question = StringField(
        "Question",
        description="As a visitor would ask it.",
        validators=[DataRequired("Please write the question."), Length(max=1000)],
    )
    answer = TextAreaField(
        "Answer",
        description="Given word for word. Markdown is fine.",
        validators=[DataRequired("Please write the answer."), Length(max=20_000)],
    )


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
            flash(f"{file.filename}: {_reason(refusal)}", "error")
    if taken:
        flash(f"{taken} of {len(files)} files taken in." if len(files) > 1 else "File taken in.")
    return _back(chatbot)


@bp.post("/text")
def add_text(chatbot_id: UUID) -> ResponseReturnValue:
    """Take a pasted text in."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = TextForm()
    if not form.validate_on_submit():
        return _page(who, chatbot, text_form=form), 422
    try:
        if len(form.text.data) > (longest := current_app.config["MAX_SOURCE_CHARS"]):
            raise InvalidInput(f"text: it can have {longest:,} characters. Split it.", field="text")
        most = current_app.config["MAX_SOURCES"]
        source = library.add_text(chatbot, form.title.data, form.text.data, most=most)
    except Refusal as refusal:
        flash(_reason(refusal), "error")
        return _page(who, chatbot, text_form=form), refusal.status
    _note(who, "added", source)
    jobs.wake(source.id)
    return _back(chatbot)


@bp.post("/qa")
def add_qa(chatbot_id: UUID) -> ResponseReturnValue:
    """Take a question with its answer in."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PairForm()
    if not form.validate_on_submit():
        return _page(who, chatbot, pair_form=form), 422
    try:
        most = current_app.config["MAX_SOURCES"]
        source = library.add_qa(chatbot, form.question.data, form.answer.data, most=most)
    except Refusal as refusal:
        flash(_reason(refusal), "error")
        return _page(who, chatbot, pair_form=form), refusal.status
    _note(who, "added", source)
    jobs.wake(source.id)
    return _back(chatbot)


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
        _note(who, "read_again", source)
        library.read_again(source)
        jobs.wake(source.id)
    return _back(chatbot)


@bp.post("/<uuid:source_id>/file")
def replace_file(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Let a changed file take the place of the earlier one, which answers until it was read."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    source = _still_there(who, chatbot, source_id)
    if source is None:
        return _back(chatbot)
    file = request.files.get("file")
    try:
        if not file or not file.filename:
            raise InvalidInput("Choose the file that takes its place first.", field="file")
        library.replace_file(
            source,
            file.filename,
            cast("BinaryIO", file.stream),
            current_app.extensions["originals"],
            most_bytes=current_app.config["MAX_FILE_BYTES"],
        )
        _note(who, "replaced", source)
        jobs.wake(source.id)
        flash(f"“{source.title}” takes the earlier one’s place as soon as it is ready.", "success")
    except Refusal as refusal:
        flash(_reason(refusal), "error")
    page = url_for("dashboard.sources.show", chatbot_id=chatbot.id, source_id=source_id)
    return redirect(page, 303)


@bp.post("/<uuid:source_id>/delete")
def delete(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Take a source away, from the answers too."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    if source := _still_there(who, chatbot, source_id):
        title = source.title
        _note(who, "deleted", source)
        library.remove(source, current_app.extensions["originals"])
        when = "Gemini forgets it in a moment" if chatbot.store else "it is in no answer any more"
        flash(f"“{title}” is deleted; {when}.", "success")
    return _back(chatbot)


def _still_there(who: tenancy.Member, chatbot: Chatbot, source_id: UUID) -> Source | None:
    """Return a source, or say that another tab or another member deleted it."""
    try:
        return tenancy.source(who, chatbot.id, source_id)
    except SourceNotFound:
        flash(GONE, "info")
        return None


def _take_in(who: tenancy.Member, chatbot: Chatbot, file: FileStorage) -> Source:
    source = library.add_file(
        chatbot,
        file.filename or "",
        cast("BinaryIO", file.stream),
        current_app.extensions["originals"],
        most_bytes=current_app.config["MAX_FILE_BYTES"],
        most=current_app.config["MAX_SOURCES"],
    )
    _note(who, "added", source)
    jobs.wake(source.id)
    return source


def _note(who: tenancy.Member, done: str, source: Source) -> None:
    # a question that has its answer here may be a visitor's
    title = "" if source.kind == "qa" else source.title
    audit.note(who, f"source.{done}", title, source.chatbot_id, kind=source.kind)


def _page(
    who: tenancy.Member,
    chatbot: Chatbot,
    *,
    text_form: TextForm | None = None,
    pair_form: PairForm | None = None,
) -> str:
    search = tidy(request.args.get("search"))[:200]
    asked = tidy(request.args.get("question"))[:1000]  # by a visitor who was not answered
    found = library.of_chatbot(chatbot.id, search=search)
    return render_template(
        "dashboard/sources.html",
        who=who,
        chatbot=chatbot,
        sources=found,
        standings=library.standing(found),
        search=search,
        text_form=text_form or TextForm(formdata=None),
        pair_form=pair_form or PairForm(formdata=None, question=asked),
        opened="text" if text_form else "qa" if pair_form or asked else "",
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


def _reason(refusal: Refusal) -> str:
    """Return a refusal's words without the field, which the page shows in another way."""
    field = refusal.details.get("field")
    words = refusal.message.removeprefix(f"{field}: ") if field else refusal.message
    return words[:1].upper() + words[1:]


def _back(chatbot: Chatbot) -> ResponseReturnValue:
    return redirect(url_for("dashboard.sources.index", chatbot_id=chatbot.id), 303)
