"""What is told of conversations, and of what was said in them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ragwidget.web.owner.replies.tags import Tag
from ragwidget.web.visitor.replies import Message, Reply


class Visitor(Reply):
    """Who asked."""

    id: UUID
    name: str
    email: str
    identified: bool
    """Whether your website signed for who it is."""
    vouched: bool
    """Whether it signed for the name and the e-mail, too."""


class Page(Reply):
    """A page of your website."""

    url: str | None
    title: str | None


class Conversation(Reply):
    """What one visitor and a chatbot said."""

    id: UUID
    title: str
    visitor: Visitor
    locale: str
    page: Page
    """Where it began."""
    network: str | None
    """Of the visitor's address, its first part."""
    context: dict[str, str]
    """What your page told of the visitor."""
    message_count: int
    tags: list[Tag]
    unread: bool
    handled: bool
    archived: bool
    created_at: datetime
    last_message_at: datetime


class ConversationReply(Reply):
    """One conversation."""

    conversation: Conversation


class Conversations(Reply):
    """A page of conversations."""

    conversations: list[Conversation]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""


class TokensTaken(Reply):
    """What an answer took, where that is known."""

    prompt: int | None
    cached: int | None
    """Of the prompt, at a lower price."""
    tool: int | None
    """Of passages."""
    thought: int | None
    completion: int | None
    total: int | None


class Spoken(Message):
    """A question, an answer, or what somebody of the team said, with what its team may know."""

    page: Page
    """Where the question was asked."""
    model: str | None
    mode: str | None
    temperature: float | None
    tokens: TokensTaken
    cost: float | None
    """In the installation's currency."""
    first_text_ms: int | None
    total_ms: int | None
    withheld: str | None
    """What a model wrote that was not shown."""
    hint: str | None
    """What you can do about a failure."""
    superseded: bool
    """Whether it was asked for again, and another answer stands."""


class SpokenReply(Reply):
    """What was said."""

    message: Spoken


class MessagesPage(Reply):
    """A page of what was said, oldest first."""

    messages: list[Spoken]
    before: str | None
    """The cursor of the page before this one; null at the beginning."""


class NoteTold(Reply):
    """What was written beside a conversation, for the team."""

    id: UUID
    author: str
    text: str
    created_at: datetime


class NoteReply(Reply):
    """One note."""

    note: NoteTold


class Notes(Reply):
    """The notes beside a conversation, oldest first."""

    notes: list[NoteTold]
