"""What an engine is asked and what it promises."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import astuple, dataclass
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
    language: str = ""  # of the answer; empty: the question's
    max_tokens: int = 0  # 0: as many as the installation allows
    model: str = ""  # empty: the engine's own choice


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer has taken so far, in tokens as its engine counts them."""

    prompt: int = 0
    completion: int = 0  # the words of the answer
    thoughts: int = 0
    tools: int = 0  # passages that were given to the model
    cached: int = 0  # of the prompt, at a lower price

    @property
    def total(self) -> int:
        """Return all that was read and written; what was cached is part of the prompt."""
        return self.prompt + self.completion + self.thoughts + self.tools

    def __add__(self, other: Usage) -> Usage:
        """Return what both took."""
        return Usage(*map(operator.add, astuple(self), astuple(other)))


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Finish:
    """The last event of an answer: why it ended and what it took.

    `withheld` is what a model wrote and no visitor may read, for the owner's eyes. `instead_of`
    says why another engine than the chatbot's own has answered.
    """

    reason: str  # "stop", "refused", "max_tokens", …
    model: str
    grounded: bool = False
    engine: str = ""  # empty: the one that was asked
    withheld: str = ""
    instead_of: EngineFailed | None = None


class EngineFailed(Exception):
    """An engine could not answer.

    `message` is for the visitor and blames nobody, `hint` tells the owner what to do. `passing`
    says that another engine may be asked meanwhile: this one is down, or has no key.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        retryable: bool = True,
        passing: bool = False,
        withheld: str = "",
    ) -> None:
        super().__init__(f"{code}: {hint or message}")
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable
        self.passing = passing
        self.withheld = withheld


Step = Delta | Sources | Waiting | Usage | Finish


class Engine(Protocol):
    """What answers a question from a chatbot's sources.

    An engine that may be silent for long yields `Waiting` every few seconds, and `Usage` whenever
    it knows more of it; the last thing it yields is a `Finish`, or it raises `EngineFailed`.
    """

    name: str

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Yield the answer as it comes."""
        ...
