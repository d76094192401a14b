"""What the owner API takes; a chatbot's settings have a room of their own."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from ragwidget.web.visitor.schemas import Strict, Words


def _named(title: str) -> str:
    if not title:
        raise ValueError("it should not be empty")
    return title


Title = Annotated[str, AfterValidator(lambda text: " ".join(text.replace("\0", "").split()))]


class PastedText(Strict):
    """A text to read."""

    title: Annotated[Title, AfterValidator(_named), Field(min_length=1, max_length=300)]
    text: Words
    """Plain text or Markdown; headings help the chatbot find its way."""


Kind = Literal[
    "question.answered",
    "question.unanswered",
    "feedback.received",
    "contact.requested",
    "source.failed",
    "limit.reached",
]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=6)]
Chosen = Annotated[list[UUID], Field(max_length=1000)]


class Pair(Strict):
    """A question with the answer that is to be given."""

    question: Annotated[Words, Field(min_length=1, max_length=1000)]
    answer: Annotated[Words, Field(min_length=1, max_length=20_000)]
    """Markdown."""


class ConversationSorted(Strict):
    """How a conversation is to be sorted; what is not said stays as it is."""

    tags: Annotated[list[UUID], Field(max_length=20)] | None = None
    """All that it is to have."""
    archived: bool | None = None
    handled: bool | None = None
    unread: bool | None = None


class TagGiven(Strict):
    """What a tag is called, and its colour."""

    name: Annotated[Title, AfterValidator(_named), Field(min_length=1, max_length=40)]
    colour: Literal["grey", "red", "orange", "green", "teal", "blue", "violet", "pink"] = "grey"


class TeamMessage(Strict):
    """What somebody of the team says to a visitor."""

    author: Annotated[Title, AfterValidator(_named), Field(min_length=1, max_length=120)]
    """Who says it, as the visitor reads it: a name, such as Anna."""
    text: Annotated[Words, Field(min_length=1, max_length=4000)]
    """Markdown."""


class NoteGiven(Strict):
    """A note for the team."""

    text: Annotated[Words, Field(min_length=1, max_length=4000)]
    author: Annotated[Title, Field(max_length=120)] = ""
    """Who writes it; not said: the name of the key."""


class ContactChange(Strict):
    """What is to be changed of a message for a human; the rest stays as it is."""

    assignee: Annotated[str, Field(max_length=255)] | None = None
    """The e-mail address of the member who is to look after it; null: nobody."""
    done: bool | None = None


class NewWebhook(Strict):
    """An address that is to be told what happens."""

    url: Annotated[Words, Field(max_length=2000)]
    """It begins with https://."""
    kinds: Kinds
    chatbot_ids: Chosen = Field(default_factory=list)
    """Empty: all of them, also those to come."""
    with_words: bool = False
    """Whether what visitors typed goes along."""


class WebhookChange(Strict):
    """What is to be changed of a webhook; the rest stays as it is."""

    url: Annotated[Words, Field(max_length=2000)] | None = None
    kinds: Kinds | None = None
    chatbot_ids: Chosen | None = None
    with_words: bool | None = None
    on: bool | None = None
    """Whether it is told anything."""
