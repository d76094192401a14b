"""What a chatbot is given to read, by programs: after each deployment, for example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from flask import current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from ragwidget import jobs, library, tenancy
from ragwidget.errors import ChatbotNotFound, InvalidInput, Refusal, SourceNotFound
from ragwidget.extensions import db
from ragwidget.library.adding import AlreadyThere, TooManySources
from ragwidget.library.originals import OriginalsUnreachable
from ragwidget.library.replacing import NotAFile, OtherKind
from ragwidget.models import Source
from ragwidget.tenancy import Keyholder
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_sources
from ragwidget.web.owner.door import bp, holder, page_of, read_body, read_query
from ragwidget.web.owner.etags import tagged
from ragwidget.web.owner.queries import PassagesWanted, SourcesWanted
from ragwidget.web.owner.replies.sources import Passages, SourceReply, Sources
from ragwidget.web.owner.schemas import Pair, PastedText
from ragwidget.web.sources import bounded, note, put_in_place, take_in

AT = "/chatbots/<uuid:chatbot_id>/sources"
ONE = f"{AT}/<uuid:source_id>"
FORMATS = "PDF, Word, PowerPoint, Excel, CSV, HTML, Markdown or plain text."
FULL: tuple[type[Refusal], ...] = (ChatbotNotFound, AlreadyThere, TooManySources)
THERE: tuple[type[Refusal], ...] = (ChatbotNotFound, SourceNotFound)


@bp.get(AT)
@of_sources(query=SourcesWanted, answers=Sources, cached=True, refusals=(ChatbotNotFound,))
def get_sources(chatbot_id: UUID) -> ResponseReturnValue:
    """Return a chatbot's sources, newest first."""
    who, asked = holder("sources:read"), read_query(SourcesWanted)
    tenancy.chatbot(who, chatbot_id)
    found = library.of_chatbot(
        chatbot_id,
        search=asked.search.replace("\0", ""),
        kind=asked.kind,
        after=asked.after,
        limit=asked.limit + 1,
    )
    rows, behind = page_of(found, asked.limit)
    return tagged(sources=_spelled(rows), next=behind)


@bp.get(ONE)
@of_sources(answers=SourceReply, cached=True, refusals=THERE)
def get_source(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Return one source, with how far the reading is."""
    return tagged(**_told(tenancy.source(holder("sources:read"), chatbot_id, source_id)))


@bp.get(f"{ONE}/passages")
@of_sources(query=PassagesWanted, answers=Passages, cached=True, refusals=THERE)
def get_passages(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Return what the embedded engine cut a source into; a Gemini store keeps that to itself."""
    who, asked = holder("sources:read"), read_query(PassagesWanted)
    source = tenancy.source(who, chatbot_id, source_id)
    behind = -1 if asked.after is None else asked.after
    found = library.passages_of(source.id, after=behind, limit=asked.limit + 1)
    rows = found[: asked.limit]
    return tagged(
        passages=[
            {"position": row.position, "heading": row.heading, "page": row.page, "text": row.text}
            for row in rows
        ],
        next=rows[-1].position if len(found) > asked.limit else None,
    )


@bp.post(f"{AT}/file")
@of_sources(upload=FORMATS, answers=SourceReply, status=201, refusals=(*FULL, OriginalsUnreachable))
def post_file(chatbot_id: UUID) -> ResponseReturnValue:
    """Give a chatbot a file to read; what is added is read in the background."""
    who, file = holder("sources:write"), _file()
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _add(who, chatbot_id, lambda id: take_in(chatbot, file, id))


@bp.post(f"{AT}/text")
@of_sources(takes=PastedText, answers=SourceReply, status=201, refusals=FULL)
def post_text(chatbot_id: UUID) -> ResponseReturnValue:
    """Give a chatbot a text to read."""
    who, body = holder("sources:write"), read_body(PastedText)
    text = bounded(body.text)
    chatbot = tenancy.chatbot(who, chatbot_id)
    most = current_app.config["MAX_SOURCES"]
    return _add(
        who,
        chatbot_id,
        lambda id: library.add_text(chatbot, body.title, text, most=most, id=id),
    )


@bp.post(f"{AT}/qa")
@of_sources(takes=Pair, answers=SourceReply, status=201, refusals=FULL)
def post_qa(chatbot_id: UUID) -> ResponseReturnValue:
    """Give a chatbot a question with its answer, to be given word for word."""
    who, body = holder("sources:write"), read_body(Pair)
    chatbot = tenancy.chatbot(who, chatbot_id)
    most = current_app.config["MAX_SOURCES"]
    return _add(
        who,
        chatbot_id,
        lambda id: library.add_qa(chatbot, body.question, body.answer, most=most, id=id),
    )


@bp.put(f"{ONE}/file")
@of_sources(
    upload=FORMATS,
    answers=SourceReply,
    refusals=(*THERE, AlreadyThere, NotAFile, OriginalsUnreachable),
)
def put_file(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Put a changed file in the place of one, which answers until the new one is ready."""
    who, file = holder("sources:write"), _file()
    source = tenancy.source(who, chatbot_id, source_id)
    return _done(who, "replaced", put_in_place(source, file))


@bp.put(f"{ONE}/text")
@of_sources(takes=PastedText, answers=SourceReply, refusals=(*THERE, AlreadyThere, OtherKind))
def put_text(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Put another text in the place of one."""
    who, body = holder("sources:write"), read_body(PastedText)
    text = bounded(body.text)
    source = tenancy.source(who, chatbot_id, source_id)
    return _done(who, "replaced", library.replace_text(source, body.title, text))


@bp.put(f"{ONE}/qa")
@of_sources(takes=Pair, answers=SourceReply, refusals=(*THERE, AlreadyThere, OtherKind))
def put_qa(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Put another question with its answer in the place of one."""
    who, body = holder("sources:write"), read_body(Pair)
    source = tenancy.source(who, chatbot_id, source_id)
    return _done(who, "replaced", library.replace_qa(source, body.question, body.answer))


@bp.post(f"{ONE}/read")
@of_sources(answers=SourceReply, status=202, refusals=THERE)
def read_again(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Read a source once more; what is being read already goes on."""
    who = holder("sources:write")
    source = tenancy.source(who, chatbot_id, source_id)

    def read(_: UUID) -> dict[str, Any]:
        library.read_again(source)
        return _done(who, "read_again", tenancy.source(who, chatbot_id, source_id))

    return repeating.make(who, read, read, status=202)


@bp.delete(ONE)
@of_sources(status=204, refusals=THERE)
def delete_source(chatbot_id: UUID, source_id: UUID) -> ResponseReturnValue:
    """Take a source away, from the answers too."""
    who = holder("sources:write")
    source = tenancy.source(who, chatbot_id, source_id)
    note(who, "deleted", source)
    library.remove(source, current_app.extensions["originals"])
    return "", 204


def _add(who: Keyholder, chatbot_id: UUID, add: Callable[[UUID], Source]) -> ResponseReturnValue:
    return repeating.make(
        who,
        lambda id: _done(who, "added", add(id)),
        lambda id: _done(who, "added", tenancy.source(who, chatbot_id, id)),
    )


def _done(who: Keyholder, what: str, source: Source) -> dict[str, Any]:
    """Note what was done, have the source read, and return it as it is told."""
    told = _told(source)
    note(who, what, source)
    db.session.commit()
    jobs.wake(source.id)
    return told


def _told(source: Source) -> dict[str, Any]:
    return {"source": _spelled([source])[0] | {"question": source.question, "text": source.text}}


def _spelled(sources: Iterable[Source]) -> list[dict[str, Any]]:
    sources = list(sources)
    standings = library.standing(sources)
    return [_spell(source, standings[source.id]) for source in sources]


def _spell(source: Source, standing: library.Standing) -> dict[str, Any]:
    return {
        "id": str(source.id),
        "kind": source.kind,
        "title": source.title,
        "url": source.url,
        "format": source.format,
        "size_bytes": source.size_bytes,
        "state": standing.state,
        "percent": standing.percent,
        "error": standing.error,
        "note": standing.note,
        "passages": source.passage_count,
        "pages": source.page_count,
        "created_at": source.created_at.isoformat(),
        "read_at": source.read_at.isoformat() if source.read_at else None,
    }


def _file() -> FileStorage:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput(
            "file: send one as multipart/form-data, with its name, in the field `file`.",
            field="file",
        )
    return file
