"""What can happen during an answer: the protocol between engine, turn and wire.

The wire name of an event is its class name in lower case, the payload is its fields. On the
wire the order is always `start`, any number of `delta`, at most one `sources`, and then `done`
or `error`; each carries an id that counts from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One numbered source under an answer.

    `spans` are the parts of the answer that rest on it, as half-open pairs of offsets into the
    answer's text in UTF-16 code units, the way JavaScript counts.
    """

    index: int
    source_id: str
    title: str
    kind: str
    page: int | None
    url: str | None
    snippet: str
    score: float
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """The question is written down and an answer is on its way."""

    conversation: dict[str, Any]
    question_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Delta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the answer rests on; always after its last word."""

    sources: tuple[SourceRef, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing yet. Never on the wire: it becomes a comment that keeps proxies awake."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is whole and stored, or was stopped by its visitor."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Error:
    """The answer broke off; what had been said is stored."""

    code: str
    message: str
    retryable: bool


Event = Start | Delta | Sources | Done | Error
