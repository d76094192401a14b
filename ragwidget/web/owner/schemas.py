"""What the owner API takes; a chatbot's settings have a room of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ragwidget.web.visitor.schemas import Strict, Words


def _named(title: str) -> str:
    if not title:
        raise ValueError("it should not be empty")
    return title


Title = Annotated[str, AfterValidator(lambda text: " ".join(text.replace("\0", "").split()))]


class PastedText(Strict):
    """A text to read."""

    title: Annotated[Title, AfterValidator(_named), Field(max_length=300)]
    text: Words
    """Plain text or Markdown; headings help the chatbot find its way."""


class Pair(Strict):
    """A question with the answer that is to be given."""

    question: Annotated[Words, Field(max_length=1000)]
    answer: Annotated[Words, Field(max_length=20_000)]
    """Markdown."""
