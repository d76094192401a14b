"""What the visitor API takes, and nothing else: no prompt, no model, no store from the page."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _visible(text: str) -> str:
    return _UNSEEN.sub("", text.replace("\r\n", "\n")).strip()


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("it should not be empty")
    return text


def _address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise ValueError("it is not an e-mail address") from problem


Text = Annotated[str, AfterValidator(_visible)]
Words = Annotated[Text, AfterValidator(_not_blank)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageSeen(Strict):
    """The page that a question is asked on; a stranger's word, kept short."""

    url: Annotated[str, AfterValidator(_visible), AfterValidator(lambda url: url[:2000])] = ""
    title: Annotated[str, AfterValidator(_visible), AfterValidator(lambda title: title[:300])] = ""


class ChatRequest(Strict):
    """`POST /api/v1/chat`."""

    chatbot_id: UUID
    message: Words
    message_id: UUID | None = None
    new_conversation: bool = False
    mode: Literal["strict", "balanced", "creative"] | None = None
    source_ids: Annotated[list[UUID], Field(max_length=50)] = []
    use_sources: bool = True
    stream: bool = True
    page: PageSeen | None = None
    locale: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9-]*$")] = ""


class ConversationChange(Strict):
    """`PATCH /api/v1/conversations/{id}`."""

    title: Annotated[Words, Field(max_length=80)] | None = None
    archived: bool | None = None


class Feedback(Strict):
    """`PUT /api/v1/messages/{id}/feedback`."""

    rating: Literal["up", "down"] | None
    comment: Annotated[Text, Field(max_length=1000)] = ""


class Contact(Strict):
    """`POST /api/v1/conversations/{id}/contact`."""

    name: Annotated[Words, Field(max_length=120)]
    email: Annotated[str, Field(max_length=254), AfterValidator(_address)]
    message: Annotated[Words, Field(max_length=4000)]
