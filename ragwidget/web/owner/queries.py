"""What the addresses of the owner API take behind their question mark."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from ragwidget.web.visitor.queries import Query

Either = Literal["yes", "no"]
Limit = Annotated[int, Field(ge=1, le=100)]


class Sought(Query):
    """A program's slip of a name is refused: it would find more than was meant."""

    model_config = ConfigDict(extra="forbid")


class PageWanted(Sought):
    """Which page is wished for."""

    after: UUID | None = None
    """The `next` of the page before."""
    limit: Limit = 50


class SourcesWanted(PageWanted):
    """Which sources are wished for."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Words of the title."""
    kind: Literal["file", "page", "site", "text", "qa"] | None = None


class PassagesWanted(Sought):
    """Which passages are wished for."""

    after: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    """The `next` of the page before."""
    limit: Limit = 50


class ContactsWanted(PageWanted):
    """Which messages for a human are wished for."""

    state: Literal["open", "taken", "done"] | None = None
    """How far it is; not said: all that are not done."""
    assignee: Annotated[str, Field(max_length=255)] = ""
    """The e-mail address of who looks after it, or `nobody`."""
    chatbot: UUID | None = None
    """Where it was left."""


class ConversationsSought(Sought):
    """Which conversations are sought: all of it must be true of each."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Words that were said."""
    since: Annotated[date | None, Field(alias="from")] = None
    """Last spoken in on this day (UTC) or later."""
    until: Annotated[date | None, Field(alias="to")] = None
    tag: UUID | None = None
    """Can be said several times; all of them are meant."""
    any_tag: Either | None = None
    """Whether one of these tags is enough."""
    outcome: (
        Literal["answered", "unanswered", "refused", "near", "ungrounded", "failed", "stopped"]
        | None
    ) = None
    """How one of its answers ended."""
    rating: Literal["up", "down"] | None = None
    source: UUID | None = None
    """That an answer cites."""
    page: Annotated[str, Field(max_length=2000)] | None = None
    """On which something was asked, or on one that lies under it."""
    language: Annotated[str, Field(max_length=8)] | None = None
    engine: Literal["gemini", "local", "cache"] | None = None
    handed_over: Either | None = None
    """Whether a message was left for a human."""
    handled: Either | None = None
    unread: Either | None = None
    archived: Literal["no", "yes", "any"] | None = None


class ConversationsWanted(ConversationsSought):
    """Which page of which conversations is wished for."""

    sort: Literal["newest", "oldest", "longest"] = "newest"
    after: Annotated[str, Field(max_length=100)] = ""
    """The `next` of the page before."""
    limit: Limit = 50


class ExportWanted(ConversationsSought):
    """Which conversations are wished for, and as what."""

    format: Literal["csv", "jsonl"] = "csv"


class SaidWanted(Sought):
    """Which messages are wished for."""

    before: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    """The `before` of the page behind; without it, the newest page."""
    limit: Limit = 50


class DaysWanted(Sought):
    """Which days are wished for: some that end today, or from one to another."""

    range: Literal["7d", "30d", "90d", "12m"] | None = None
    since: Annotated[date | None, Field(alias="from")] = None
    """The first of them, in UTC."""
    until: Annotated[date | None, Field(alias="to")] = None
