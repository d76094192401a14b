"""What the visitor API answers: told by the document, and held against the answers by tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


def _may_grow(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties", None)


class Reply(BaseModel):
    """An answer. Callers must put up with new fields; our tests let none pass unsaid."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_extra=_may_grow
    )


Status = Literal["pending", "streaming", "completed", "failed", "stopped"]


class Failure(Reply):
    """Why an answer failed."""

    code: str
    message: str
    retryable: bool
    """Whether `…/retry` makes sense."""


class Source(Reply):
    """A numbered source under an answer."""

    index: int
    """What the answer's marks call it, from 1."""
    source_id: str
    """Empty when it was deleted since."""
    title: str
    kind: str
    page: int | None
    url: str | None
    snippet: str
    """The passage that was read."""
    score: float
    spans: list[tuple[int, int]]
    """The parts of the answer that rest on it: begin and end, in UTF-16 code units."""


class Rating(Reply):
    """What a visitor thinks of an answer."""

    rating: Literal["up", "down"]
    comment: str


class Message(Reply):
    """A question, an answer, or what somebody of the team said."""

    id: UUID
    role: Literal["visitor", "chatbot", "team"]
    author: str | None
    """Who of the team wrote it, if one did."""
    text: str
    """Of an answer: Markdown."""
    status: Status
    finish_reason: str | None
    engine: str | None
    grounded: bool | None
    """Whether the answer rests on the sources; null when nobody knows."""
    fallback: bool
    """Whether another engine answered instead of the chatbot's own."""
    error: Failure | None
    sources: list[Source]
    follow_ups: list[str]
    """Questions that could be asked next."""
    created_at: datetime
    question_id: UUID | None
    """The question that an answer belongs to."""
    feedback: Rating | None


class Thread(Reply):
    """A conversation in a list."""

    id: UUID
    title: str
    message_count: int
    last_message_at: datetime
    created_at: datetime
    archived: bool


class OpenThread(Thread):
    """A conversation, with a token to go on in it."""

    token: str


class Named(Reply):
    """A conversation by its title."""

    id: UUID
    title: str


class Held(Named):
    """A conversation by its title, with a token to go on in it."""

    token: str


class Read(Held):
    """A conversation that is read, with a token to go on in it."""

    awaits_human: bool
    """Whether a message was left for a human and nobody has called it done: look again soon."""


class Answered(Reply):
    """A whole turn."""

    conversation: Held
    question_id: UUID
    message: Message


class MessageReply(Reply):
    """One message."""

    message: Message


class MessageNow(Reply):
    """One message as it stands, and what its conversation is called by now."""

    message: Message
    conversation: Named


class Messages(Reply):
    """A page of a conversation, oldest first."""

    conversation: Read
    messages: list[Message]
    before: str | None
    """The cursor of the page before this one; null at the beginning, and behind an `after`."""


class Threads(Reply):
    """A page of a visitor's conversations."""

    conversations: list[Thread]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""


class OneThread(Reply):
    """One conversation, with a token to go on in it."""

    conversation: OpenThread


class ChangedThread(Reply):
    """One conversation as it is now."""

    conversation: Thread


class ContactLeft(Reply):
    """The id of what was left."""

    id: UUID


class ContactReply(Reply):
    """A message for a human that was kept."""

    contact: ContactLeft


class Person(Reply):
    """Whom the website signed for."""

    name: str
    email: str


class Identified(Reply):
    """A known visitor, with a token that is in no conversation yet."""

    visitor: Person
    token: str


class Settings(Reply):
    """A chatbot's public settings, from an allow-list."""

    id: UUID
    name: str
    suggested_questions: list[str]
    mode: Literal["strict", "balanced", "creative"]
    modes: list[str]
    """The modes that a visitor may choose."""
    max_message_chars: int
    follow_ups: bool
    theme: dict[str, str]
    """The look, where it differs from the default: named and spelled as CSS."""
    contact: Literal["never", "offered", "first"]
    """When a visitor is asked for a name and an e-mail address."""
    consent: str
    """What a visitor is told beforehand."""
    keeps_words: bool
    """Whether what visitors type is stored."""
    locale: str
    dir: Literal["ltr", "rtl"]
    welcome: str
    strings: dict[str, str]
    """The widget's words in this language."""
    words: str
    """The address of the words that are fetched on use."""


class Title(Reply):
    """A source that can be named in a question."""

    id: UUID
    title: str
    kind: Literal["file", "page", "site", "text", "qa"]


class Titles(Reply):
    """Sources that can be named in a question."""

    sources: list[Title]
