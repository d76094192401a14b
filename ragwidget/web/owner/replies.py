"""What the owner API answers: told by the document, and held against the answers by tests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ragwidget.web.owner.settings import Engine, Mode
from ragwidget.web.visitor.replies import Message, Reply


class ApiKey(Reply):
    """What a key is for."""

    id: UUID
    name: str
    organization_id: UUID
    chatbot_id: UUID | None
    """The only chatbot that it may see; null: all of them."""
    scopes: list[str]
    """Who may write a subject may read it, too."""


class KeyReply(Reply):
    """The key of this call."""

    key: ApiKey


class WordsSet(Reply):
    """What a chatbot says in your words; empty: in its own."""

    refusal: str
    limit: str
    error: str


class LookSet(Reply):
    """What the widget looks like."""

    accent: str
    background: str
    scheme: str
    position: str
    radius: int
    font: str
    density: str
    offset_x: int
    offset_y: int
    layer: int
    icon: str
    avatar: str
    size: str


class Chatbot(Reply):
    """A chatbot with its settings; null is the installation's own."""

    id: UUID
    name: str
    paused: bool
    instructions: str
    mode: Mode
    visitor_modes: list[Mode]
    engine: Engine
    next_engine: Engine | None
    """What it is changing to."""
    engine_error: str | None
    """Why it could not change."""
    model: str | None
    temperature: float | None
    top_k: int
    max_output_tokens: int | None
    local_fallback: bool
    writes_titles: bool
    suggests_follow_ups: bool
    repeats_answers: bool
    welcome: str
    suggested_questions: list[str]
    words: WordsSet
    strings: dict[str, str]
    theme: LookSet
    locale: str
    answer_language: str
    contact: Literal["never", "offered", "first"]
    consent: str
    retention_days: int | None
    keeps_words: bool
    origins: list[str]
    questions_per_hour: int | None
    address_questions_per_hour: int | None
    questions_per_day: int | None
    max_message_chars: int | None
    created_at: datetime
    updated_at: datetime


class ChatbotReply(Reply):
    """One chatbot."""

    chatbot: Chatbot


class Chatbots(Reply):
    """A page of chatbots."""

    chatbots: list[Chatbot]
    next: str | None
    """The cursor of the next page, for `after`; null at the end."""


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


class Webhook(Reply):
    """An address that is told what happens."""

    id: UUID
    url: str
    kinds: list[str]
    chatbot_ids: list[UUID]
    """Empty: all of them."""
    with_words: bool
    on: bool
    failing_since: datetime | None
    created_at: datetime


class NewWebhookReply(Reply):
    """A webhook with what it signs by, which is told this once."""

    webhook: Webhook
    secret: str


class WebhookReply(Reply):
    """One webhook."""

    webhook: Webhook


class Webhooks(Reply):
    """The webhooks that there are."""

    webhooks: list[Webhook]


class Delivery(Reply):
    """What was sent to a webhook, or is on its way."""

    id: UUID
    kind: str
    chatbot_id: UUID | None
    happened_at: datetime
    attempts: int
    status: int | None
    """What the other side answered."""
    took_ms: int | None
    error: str
    delivered_at: datetime | None
    next_at: datetime | None
    """When it is tried again; null: it is over."""


class Deliveries(Reply):
    """What was sent to a webhook lately, newest first."""

    deliveries: list[Delivery]


class Tag(Reply):
    """A word with a colour that conversations are sorted by."""

    id: UUID
    name: str
    colour: str


class TagReply(Reply):
    """One tag."""

    tag: Tag


class Tags(Reply):
    """The tags that there are."""

    tags: list[Tag]


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


class MessageOfTeam(Reply):
    """What was said."""

    message: Spoken


class MessagesPage(Reply):
    """A page of what was said, oldest first."""

    messages: list[Spoken]
    before: str | None
    """The cursor of the page before this one; null at the beginning."""


class Spread(Reply):
    """How long half of the answers took at most, and how long all but a twentieth; null: none."""

    p50: int | None
    p95: int | None


class Numbers(Reply):
    """What happened in some time."""

    conversations: int
    """That began."""
    visitors: int
    questions: int
    answered: int
    """They got what they asked for."""
    refused: int
    """It was not in the sources."""
    near: int
    """Only the nearest passages were offered."""
    failed: int
    stopped: int
    liked: int
    disliked: int
    handed_over: int
    """Messages left for a human."""
    repeated: int
    """Answers that were given before."""
    saved: int
    """By that, in millionths of the currency."""
    first_text_ms: Spread
    total_ms: Spread


class NumbersOfDay(Numbers):
    """What happened on a day (UTC)."""

    day: date


class Asked(Reply):
    """A question or a page, and how often it came up."""

    words: str
    chatbot_id: UUID
    conversation_id: UUID
    """In which one of the questions was asked."""
    asked: int


class CitedSource(Reply):
    """A source, and how many answers cite it."""

    source_id: UUID
    title: str
    answers: int


class Insights(Reply):
    """What happened in a range of days, and in the one before."""

    first: date
    last: date
    total: Numbers
    before: Numbers
    """In as many days, directly before these."""
    days: list[NumbersOfDay]
    top_questions: list[Asked]
    unanswered_questions: list[Asked]
    top_pages: list[Asked]
    top_sources: list[CitedSource]
