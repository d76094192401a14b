"""What a turn tells the memory at its end, and hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ragwidget.chat.events import Done, Error, SourceRef
from ragwidget.engines.protocol import NOTHING, EngineFailed, Usage


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended, for the memory."""

    status: str  # "completed", "failed" or "stopped"
    text: str
    cuts: tuple[int, ...]
    sources: tuple[SourceRef, ...]
    reason: str
    engine: str | None = None  # None: the one that was asked
    model: str | None = None
    usage: Usage = NOTHING
    grounded: bool | None = None
    withheld: str = ""
    instead_of: EngineFailed | None = None  # why the engine that was asked did not answer
    first_text_ms: int | None = None
    total_ms: int = 0
    error_code: str | None = None
    error: str | None = None
    error_hint: str | None = None
    retryable: bool = False


class OutOfReach(Exception):
    """The memory is away; the same may well succeed later."""


class Record(Protocol):
    """The memory, as a turn sees it; it raises `OutOfReach` while it is away."""

    def finish(self, ending: Ending) -> Done | Error:
        """Keep the end; return the event that tells what is kept now."""
        ...
