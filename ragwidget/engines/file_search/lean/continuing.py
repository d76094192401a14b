"""Answers that the service interrupts: it gives a token by which another request goes on."""

from __future__ import annotations

from ragwidget.engines.file_search.lean.events import Event
from ragwidget.engines.protocol import NOTHING, Usage

INTERRUPTED = "CONTINUATION"
MOST_VAIN = 3  # requests that bring no new token


class Continuation:
    """How far an answer has come over all the requests that it takes."""

    def __init__(self) -> None:
        self.token: str | None = None  # that the present request came with
        self._spent = NOTHING  # by the requests before
        self._vain = 0
        self._begin()

    def _begin(self) -> None:
        self._usage = NOTHING
        self._next: str | None = None
        self._reason = ""
        self._spoken = self._blocked = False

    def observe(self, event: Event) -> None:
        """Take note of an event, and take out of it an end that is none."""
        self._blocked = self._blocked or event.prompt_feedback is not None
        if not event.candidates:
            return
        candidate = event.candidates[0]
        self._spoken = self._spoken or bool(candidate.content and candidate.content.parts)
        self._reason = candidate.finish_reason or self._reason
        if candidate.continuation_token:
            self._next = candidate.continuation_token
        elif candidate.finish_reason and candidate.finish_reason != INTERRUPTED:
            self._next = None
        if candidate.finish_reason == INTERRUPTED and self._next:
            candidate.finish_reason = None

    def add_up(self, usage: Usage) -> Usage:
        """Return what all requests took, if the present one takes so much."""
        self._usage = usage
        return self._spent + usage if self._spent.total else usage

    def goes_on(self) -> bool:
        """Begin the next request if one makes sense, and say so."""
        token = self._token()
        if token is None:
            return False
        self._spent += self._usage
        self._vain = 0 if token != self.token else self._vain + 1
        self.token = token
        self._begin()
        return True

    def _token(self) -> str | None:
        if self._blocked or self._reason not in ("", INTERRUPTED):
            return None
        if self._next and self._next != self.token:
            return self._next
        if self._reason or self._spoken or self._vain >= MOST_VAIN:
            return None
        return self.token  # the line broke before anything came
