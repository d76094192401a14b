"""The events in a stream of bytes, wherever it happens to break."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from ragwidget.engines.file_search import statuses, troubles
from ragwidget.engines.file_search.masking import masked
from ragwidget.engines.file_search.troubles import ServiceFailed

_UNHEARD = (b":", b"event:", b"id:", b"retry:")  # that may stand between the data


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Part(_Told):
    text: str | None = None
    thought: bool | None = None


class Content(_Told):
    parts: list[Part] | None = None


class CustomMetadata(_Told):
    key: str | None = None
    string_value: str | None = None


class RetrievedContext(_Told):
    text: str | None = None
    page_number: int | None = None
    custom_metadata: list[CustomMetadata] | None = None


class GroundingChunk(_Told):
    retrieved_context: RetrievedContext | None = None


class Segment(_Told):
    start_index: int | None = None
    end_index: int | None = None
    part_index: int | None = None
    text: str | None = None


class GroundingSupport(_Told):
    segment: Segment | None = None
    grounding_chunk_indices: list[int] | None = None
    confidence_scores: list[float] | None = None


class GroundingMetadata(_Told):
    grounding_chunks: list[GroundingChunk] | None = None
    grounding_supports: list[GroundingSupport] | None = None


class Candidate(_Told):
    content: Content | None = None
    finish_reason: str | None = None
    grounding_metadata: GroundingMetadata | None = None
    continuation_token: str | None = None


class PromptFeedback(_Told):
    block_reason: str | None = None


class UsageMetadata(_Told):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    cached_content_token_count: int | None = None


class Event(_Told):
    """One event of an answer, as far as it is of use; named as the service's client names it."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None


class Events:
    r"""Finds events; a line that is none of theirs belongs to an error, which comes bare.

    >>> events = Events()
    >>> events.feed(b"data: {}\r\n\r"), events.feed(b"\ndata: [1,\ndata: 2"), events.feed(b"]\n\n")
    ([], [b'{}'], [b'[1,\n 2]'])
    """

    def __init__(self) -> None:
        self._rest = bytearray()  # of a line
        self._data: list[bytes] = []  # of an event

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the data of the events that end in this piece."""
        ends = b"\n" in piece or b"\r" in piece or self._rest.endswith(b"\r")
        self._rest += piece
        if not ends:
            return []
        # a CR at the end waits for its LF
        end = max(self._rest.rfind(b"\n"), self._rest.rfind(b"\r", 0, -1)) + 1
        lines = self._rest[:end].splitlines()
        del self._rest[:end]
        found = [self._take(bytes(line)) for line in lines]
        return [data for data in found if data]

    def end(self) -> list[bytes]:
        """Return what the stream ended in the middle of."""
        return [data for data in (*self.feed(b"\n"), self._take(b"")) if data]

    def _take(self, line: bytes) -> bytes:
        if line.startswith(b"data:"):
            self._data.append(line[5:])
        elif line and not line.startswith(_UNHEARD):
            self._data.append(line)
        if line or not self._data:
            return b""
        data = b"\n".join(self._data).strip()
        self._data.clear()
        return data


def read(data: bytes, key: str) -> Event:
    """Return an event from its data, or raise `ServiceFailed`; none of its words tells the key."""
    try:
        told = json.loads(data.decode(errors="replace"))
        if isinstance(told, list) and len(told) == 1:
            [told] = told
        if isinstance(told, dict) and "error" in told:
            raise _refusal(None, told, key)
        return Event.model_validate(told if isinstance(told, dict) else {})
    except ValidationError as problem:
        error = problem.errors(include_input=False)[0]
        raise troubles.garbled(f"{error['msg']}: {error['loc']}") from None
    except (ValueError, RecursionError) as problem:
        raise troubles.garbled(f"{type(problem).__name__}: {problem}") from None


def explained(status: int, body: bytes, key: str) -> ServiceFailed:
    """Explain a reply that is no success, from its status and its body."""
    text = body.decode(errors="replace")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = {"message": text}
    return _refusal(status, told[0] if isinstance(told, list) and len(told) == 1 else told, key)


def _refusal(status: int | None, told: Any, key: str) -> ServiceFailed:
    """Explain what an error tells; one that comes among events has its status in it."""
    error = told.get("error", told) if isinstance(told, dict) else {}
    said = error if isinstance(error, dict) else {}
    status = status or said.get("code")
    if not isinstance(status, int):
        return troubles.garbled("an error without a code")
    return statuses.refused(status, masked(str(said.get("message") or ""), key), told)
