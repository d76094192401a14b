"""What the addresses of the visitor API take behind their question mark; of the rest, nothing."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# whatever a page says that it is written in, its chat should come up
Tag = Annotated[str, AfterValidator(lambda tag: tag[:200])]


class Query(BaseModel):
    """Unknown parameters are let pass: addresses pick them up on their way."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Languages(Query):
    """Which language is wished for."""

    lang: Tag | None = None
    """A BCP 47 tag; goes before the chatbot's own language."""
    hint: Tag | None = None
    """A BCP 47 tag; goes behind it."""


class TitlesWanted(Query):
    """Which titles are wished for."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Words of the title."""
    kind: Literal["file", "page", "site", "text", "qa"] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class ThreadsWanted(Query):
    """Which conversations are wished for."""

    archived: bool = False
    """Whether to tell of those that were put away, too."""
    after: Annotated[str, Field(max_length=100)] = ""
    """The `next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class MessagesWanted(Query):
    """Which messages are wished for."""

    before: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    """The `before` of the page behind; without it, the newest page."""
    after: UUID | None = None
    """A message, to read what was said since."""
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class EventsWanted(Query):
    """Which events are wished for."""

    after: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    """The number of the last event that arrived; the header `Last-Event-ID` says the same."""


class RetryWanted(Query):
    """How the new answer is wished for."""

    stream: bool = True
    """Whether as events, or else whole."""
