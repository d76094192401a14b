"""What the addresses of the owner API take behind their question mark."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ragwidget.web.visitor.queries import Query

Limit = Annotated[int, Field(ge=1, le=100)]


class PageWanted(Query):
    """Which page is wished for."""

    after: UUID | None = None
    """The `next` of the page before."""
    limit: Limit = 50


class SourcesWanted(PageWanted):
    """Which sources are wished for."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Words of the title."""
    kind: Literal["file", "page", "site", "text", "qa"] | None = None


class ConversationsWanted(Query):
    """Which conversations are wished for."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Words that were said."""
    after: Annotated[str, Field(max_length=100)] = ""
    """The `next` of the page before."""
    limit: Limit = 50


class SaidWanted(Query):
    """Which messages are wished for."""

    before: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    """The `before` of the page behind; without it, the newest page."""
    limit: Limit = 50
