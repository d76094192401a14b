"""What requests bring for a chatbot to read, by pages and by the API alike, and who brought it."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import current_app
from werkzeug.datastructures import FileStorage

from ragwidget import audit, library, tenancy
from ragwidget.errors import InvalidInput
from ragwidget.models import Chatbot, Source


def take_in(chatbot: Chatbot, file: FileStorage, id: UUID | None = None) -> Source:
    """Take in a file that came with a request; it waits to be read."""
    return library.add_file(
        chatbot,
        file.filename or "",
        cast("BinaryIO", file.stream),
        current_app.extensions["originals"],
        most_bytes=current_app.config["MAX_FILE_BYTES"],
        most=current_app.config["MAX_SOURCES"],
        id=id,
    )


def put_in_place(source: Source, file: FileStorage) -> Source:
    """Let a file that came with a request take the place of an earlier one."""
    return library.replace_file(
        source,
        file.filename or "",
        cast("BinaryIO", file.stream),
        current_app.extensions["originals"],
        most_bytes=current_app.config["MAX_FILE_BYTES"],
    )


def bounded(text: str) -> str:
    """Return a text, or refuse what is longer than a source can be."""
    longest = current_app.config["MAX_SOURCE_CHARS"]
    if len(text) > longest:
        raise InvalidInput(f"text: it can have {longest:,} characters. Split it.", field="text")
    return text


def note(who: tenancy.Caller, done: str, source: Source) -> None:
    """Note in the audit log what was done to a source."""
    # a question that has its answer here may be a visitor's
    title = "" if source.kind == "qa" else source.title
    audit.note(who, f"source.{done}", title, source.chatbot_id, kind=source.kind)
