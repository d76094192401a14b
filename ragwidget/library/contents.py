"""What a store is given of a source: its original, or its text under a title and an address."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol


class Given(Protocol):
    """What is asked of a source."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str | None: ...
    @property
    def question(self) -> str | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def original(self) -> str | None: ...
    @property
    def content_hash(self) -> str | None: ...
    @property
    def size_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Content:
    """A source's content: an original's key, or a text."""

    hash: str
    size_bytes: int
    original: str | None = None
    text: str | None = None


def content_of(source: Given) -> Content | None:
    """Return what is uploaded of a source, None when there is nothing yet, or never will be."""
    if source.original is not None and source.content_hash is not None:
        return Content(source.content_hash, source.size_bytes, original=source.original)
    if source.text is None:
        return None
    text = _spelled(source, source.text)
    data = text.encode(errors="ignore")
    return Content(hashlib.sha256(data).hexdigest(), len(data), text=text)


def _spelled(source: Given, text: str) -> str:
    if source.kind == "qa":
        return f"Question: {_line(source.question or source.title)}\nAnswer: {text}"
    head = [f"Title: {_line(source.title)}"]
    if source.url:
        head.append(f"Address: {_line(source.url)}")
    return "\n".join([*head, "", text])


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
