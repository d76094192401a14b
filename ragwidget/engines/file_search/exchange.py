"""What is asked of a model's service and what it gives back, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ragwidget.engines.file_search.grounding import Chunk, Support
from ragwidget.engines.protocol import Said, Usage

MOST_MEGABYTES = 8  # of a reply; the longest answer with all its passages is a fraction of that


@dataclass(frozen=True, slots=True)
class Options:
    """How Gemini is to be asked, and with whose key."""

    key: str = field(repr=False)
    base_url: str = ""  # empty: Google's
    api_version: str = "v1beta"
    connections: int = 500
    silence_seconds: float = 45
    answer_seconds: float = 180
    attempts: int = 3
    max_tokens: int = 4096
    thinking: str = "low"
    safety: str = "BLOCK_ONLY_HIGH"
    model: str = "gemini-3.8-flash"
    small_model: str = "gemini-3.5-flash-lite"
    embedding_model: str = ""  # empty: the service's usual one
    reader: str = "lean"  # of answers: "lean", or "sdk"
    connect_seconds: float = 10


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked; `said` alternates, and begins and ends with the visitor."""

    system: str
    said: tuple[Said, ...]
    temperature: float
    model: str = ""  # empty: the service's usual one
    store: str = ""  # empty: nothing is searched
    top_k: int = 8
    source_filter: str = ""  # empty: everything in the store
    max_tokens: int = 0  # 0: as many as the service's options say
    schema: Mapping[str, Any] | None = None  # of the JSON that is asked for, if it is


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of an answer: what is new in it."""

    parts: tuple[str, ...] = ()  # thoughts and calls of tools are empty
    finish: str = ""
    blocked: str = ""
    usage: Usage | None = None
    chunks: tuple[Chunk, ...] = ()
    supports: tuple[Support, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A text that was written in one go."""

    text: str
    usage: Usage
    model: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that has arrived and is being indexed."""

    operation: str
    document: str


@dataclass(frozen=True, slots=True)
class Polled:
    """How an indexing stands; `code` and `error` say why it failed, if it did."""

    done: bool
    code: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that a store has of a source; its state as `Gemini.document_state` says it."""

    name: str
    content_hash: str
    state: str


class Line(Protocol):
    """An answer on its way; one thread reads it."""

    over: bool  # all has come that will

    def hear(self, seconds: float) -> list[Heard] | None:
        """Return all that has come, waiting so long for the first of it; None is the end.

        Raises `ServiceFailed` after what came before it.
        """
        ...

    def hang_up(self) -> None:
        """Want no more of it; nothing happens if it has ended."""
        ...
