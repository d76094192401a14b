"""What an engine is asked and what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ragwidget.chat.events import Delta, Sources, Waiting


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier message of the conversation; `role` is `visitor` or `chatbot`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything an engine is told about one question."""

    question: str
    history: tuple[Said, ...] = ()
    mode: str = "strict"
    instructions: str = ""
    refusal: str = ""
    source_ids: tuple[str, ...] = ()  # empty: all of the chatbot's sources
    use_sources: bool = True
    top_k: int = 8
    temperature: float = 0.1
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The last event of an answer: why it ended and what it took."""

    reason: str  # "stop", "refused", "max_tokens", …
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    grounded: bool = False


class EngineFailed(Exception):
    """An engine could not answer.

    `message` is for the visitor and blames nobody, `hint` tells the owner what to do.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", retryable: bool = True) -> None:
        super().__init__(f"{code}: {hint or message}")
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable


class Engine(Protocol):
    """What answers a question from a chatbot's sources.

    An engine that may be silent for long yields `Waiting` every few seconds; the last thing it
    yields is a `Finish`, or it raises `EngineFailed`.
    """

    name: str

    def answer(self, asked: Asked) -> Iterator[Delta | Sources | Waiting | Finish]:
        """Yield the answer as it comes."""
        ...
