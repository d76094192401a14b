"""What the visitor API takes, and nothing else: no prompt, no model, no store from the page."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

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


def _address_if_any(text: str) -> str:
    return _address(text) if text else ""


def _in_one_line(text: str) -> str:
    return " ".join(_visible(text).split())


Text = Annotated[str, AfterValidator(_visible)]
Words = Annotated[Text, AfterValidator(_not_blank)]


Name = Annotated[str, AfterValidator(_in_one_line), Field(max_length=120)]
Email = Annotated[Text, AfterValidator(_address_if_any), Field(max_length=254)]
UserId = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]  # as it is: it was signed so


class Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class PageSeen(Strict):
    """The page that a question is asked on; a stranger's word, kept short."""

    url: Annotated[str, AfterValidator(_visible), AfterValidator(lambda url: url[:2000])] = ""
    title: Annotated[str, AfterValidator(_visible), AfterValidator(lambda title: title[:300])] = ""


class VisitorSaid(Strict):
    """Who a visitor says they are; nobody has checked it."""

    name: Name = ""
    email: Email = ""


class ChatRequest(Strict):
    """One question."""

    chatbot_id: UUID
    message: Words
    """The question; how long it may be is in the chatbot's public settings."""
    message_id: UUID | None = None
    """What its page calls it: sent twice under one name, it is asked once."""
    new_conversation: bool = False
    """Whether to leave the token's conversation and begin another."""
    mode: Literal["strict", "balanced", "creative"] | None = None
    """How freely to answer, where the chatbot lets its visitors choose."""
    source_ids: Annotated[list[UUID], Field(max_length=50)] = []
    """Sources to answer from; without any, all of them."""
    use_sources: bool = True
    stream: bool = True
    """Whether to answer with events, or else whole."""
    page: PageSeen | None = None
    visitor: VisitorSaid | None = None
    context: Annotated[
        dict[Annotated[Words, Field(max_length=40)], Annotated[Text, Field(max_length=200)]],
        Field(max_length=10),
    ] = {}
    """What the page tells the owner of the visitor; no model reads it."""
    locale: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9-]*$")] = ""
    """The visitor's language, as a BCP 47 tag."""


class ConversationChange(Strict):
    """What to change about a conversation."""

    title: Annotated[Words, Field(max_length=80)] | None = None
    archived: bool | None = None


class Feedback(Strict):
    """What a visitor thinks of an answer."""

    rating: Literal["up", "down"] | None
    """Null takes it back."""
    comment: Annotated[Text, Field(max_length=1000)] = ""


class Claims(BaseModel):
    """What a signed token says of a person; whatever else it says is for others."""

    sub: UserId
    name: Name | None = None
    email: Email | None = None


class IdentifyRequest(Strict):
    """Who the website says a visitor is: a token, or a user id with its signature."""

    token: Annotated[str, Field(max_length=4096)] | None = None
    """A JSON Web Token of the website, HS256, with `sub` and `exp`."""
    user_id: UserId | None = None
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    """The HMAC-SHA256 of `user_id`, in hexadecimal digits."""
    name: Name = ""
    email: Email = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> IdentifyRequest:
        signed = self.user_id is not None and self.signature is not None
        said = self.user_id or self.signature or self.name or self.email
        if signed if self.token is None else not said:
            return self
        raise ValueError("send either token, or user_id and signature with name and email")


class Contact(Strict):
    """A message for a human."""

    name: Annotated[Words, Field(max_length=120)]
    email: Annotated[
        str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_address)
    ]
    message: Annotated[Words, Field(max_length=4000)]
