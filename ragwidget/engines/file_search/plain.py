"""The service's own objects as plain values, with nothing in them that we can't keep."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ragwidget.engines.file_search.exchange import Heard
from ragwidget.engines.file_search.grounding import MOST_CHUNKS, MOST_SUPPORTS, Chunk, Support
from ragwidget.engines.protocol import Usage

LONGEST_CHUNK = 20_000
LONGEST_WORD = 100  # of the names of models and reasons
MOST_TOKENS = 100_000_000
_STATES = {"STATE_PENDING": "pending", "STATE_ACTIVE": "ready", "STATE_FAILED": "failed"}
_UNKEPT = re.compile("[\0\ud800-\udfff]")  # what no database takes


def heard(event: Any) -> Heard:
    """Return what is new in one event of an answer."""
    feedback, candidates = event.prompt_feedback, event.candidates
    usage = event.usage_metadata
    candidate = candidates[0] if candidates else None
    content = candidate.content if candidate else None
    grounding = candidate.grounding_metadata if candidate else None
    return Heard(
        tuple(_said(part) for part in content.parts) if content and content.parts else (),
        word(candidate.finish_reason) if candidate and candidate.finish_reason else "",
        word(feedback.block_reason) if feedback and feedback.block_reason else "",
        _usage(usage) if usage else None,
        tuple(_chunks(grounding.grounding_chunks)) if grounding else (),
        tuple(_supports(grounding.grounding_supports)) if grounding else (),
        word(event.model_version) if event.model_version else "",
    )


def metadata(entries: Iterable[Any] | None) -> dict[str, str]:
    """Return the texts among what a document was given by us, by their keys."""
    return {
        entry.key: entry.string_value for entry in entries or () if entry.key and entry.string_value
    }


def state(document: Any) -> str:
    """Return how the indexing of a document stands; one without a word is under way."""
    return _STATES.get(word(document.state), "pending")


def word(value: Any) -> str:
    """Return a word of the service's, also one that its client doesn't know yet."""
    return kept(str(getattr(value, "value", value) or "")[:LONGEST_WORD])


def _said(part: Any) -> str:
    return kept(part.text) if part.text and not part.thought else ""


def kept(text: str) -> str:
    """Return a text without what no database takes; whatever is in it keeps its place.

    >>> kept("a\\0b")
    'a b'
    """
    return _UNKEPT.sub(lambda match: " " if match[0] == "\0" else "\ufffd", text)


def _usage(counted: Any) -> Usage:
    return Usage(
        prompt=_tokens(counted.prompt_token_count),
        completion=_tokens(counted.candidates_token_count),
        thoughts=_tokens(counted.thoughts_token_count),
        tools=_tokens(counted.tool_use_prompt_token_count),
        cached=_tokens(counted.cached_content_token_count),
    )


def _tokens(count: int | None) -> int:
    return min(max(count or 0, 0), MOST_TOKENS)


def _chunks(found: Iterable[Any] | None) -> Iterable[Chunk]:
    for chunk in list(found or ())[:MOST_CHUNKS]:
        context = chunk.retrieved_context
        if context is None:  # something else than a passage, that supports may still count
            yield Chunk("", "")
            continue
        page = context.page_number
        yield Chunk(
            kept((context.text or "")[:LONGEST_CHUNK]),
            metadata(context.custom_metadata).get("source_id", ""),
            page if page and 0 < page < MOST_TOKENS else None,
        )


def _supports(found: Iterable[Any] | None) -> Iterable[Support]:
    for support in list(found or ())[:MOST_SUPPORTS]:
        segment = support.segment
        yield Support(
            start=(segment and segment.start_index) or 0,
            end=(segment and segment.end_index) or 0,
            text=kept((segment and segment.text) or ""),
            part=(segment and segment.part_index) or 0,
            chunks=tuple((support.grounding_chunk_indices or ())[:MOST_CHUNKS]),
            confidences=tuple((support.confidence_scores or ())[:MOST_CHUNKS]),
        )
