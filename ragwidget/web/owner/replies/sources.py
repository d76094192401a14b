"""What is told of the sources that a chatbot was given to read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class SourceListed(Reply):
    """Something that a chatbot was given to read."""

    id: UUID
    kind: Literal["file", "page", "site", "text", "qa"]
    title: str
    url: str | None
    format: str | None
    size_bytes: int
    state: Literal["waiting", "reading", "uploading", "indexing", "ready", "failed"]
    percent: int
    error: str | None
    """Why it could not be read."""
    note: str
    """What else there is to know of it."""
    passages: int
    pages: int | None
    created_at: datetime
    read_at: datetime | None


class SourceWhole(SourceListed):
    """Something that a chatbot was given to read, with its words where they were sent as such."""

    question: str | None
    text: str | None


class SourceReply(Reply):
    """One source."""

    source: SourceWhole


class Sources(Reply):
    """A page of sources."""

    sources: list[SourceListed]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""


class PassageTold(Reply):
    """A piece of a source, as it is found and cited."""

    position: int
    heading: str
    page: int | None
    """Of a file that has pages."""
    text: str


class Passages(Reply):
    """A page of a source's passages, in their order."""

    passages: list[PassageTold]
    next: int | None
    """The cursor of the next page, for `after`; null at the end."""
