"""An answer as the service sends it: a list of events, or all of them merged into one."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .answering import Answer
from .asking import Question, tokens_of
from .http import Step

_CHARS_PER_PIECE = 32
_FILLER = " and so on, and so on, as it goes"
_TOOL_CALL_TOKENS, _THOUGHT_TOKENS_BEFORE_SEARCH = 20, 118

Event = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """An answer with everything that can be different about it."""

    question: Question
    answer: Answer
    chunks: list[dict[str, Any]] = field(default_factory=list)
    supports: list[dict[str, Any]] = field(default_factory=list)
    finish: str | None = "STOP"
    grounding: dict[str, Any] | None = None
    final: dict[str, Any] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    thoughts: bool = False
    tools: bool = False
    events: list[Event] = field(default_factory=list)
    response_id: str = field(default_factory=lambda: secrets.token_urlsafe(17))

    def ground(self) -> None:
        """Settle what the answer rests on."""
        self.chunks = self.answer.chunks
        self.supports = self.answer.supports() if self.chunks else []

    def event(self, parts: list[dict[str, Any]] | None, **rest: Any) -> Event:
        """Make an event of one candidate."""
        content = {} if parts is None else {"content": {"parts": parts, "role": "model"}}
        return self.wrap({"candidates": [{**content, **rest, "index": 0}]})

    def wrap(self, fields: dict[str, Any], **usage: int) -> Event:
        """Add what every event has; usage is the running total."""
        prompt = self.question.prompt_tokens
        return {
            **fields,
            "usageMetadata": {
                "promptTokenCount": prompt,
                "totalTokenCount": prompt + sum(usage.values()),
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
                **usage,
            },
            "modelVersion": self.question.model,
            "responseId": self.response_id,
        }


def split(text: str, count: int | None = None) -> list[str]:
    """Cut a text into pieces as a model says them; into exactly `count`, if it is given.

    >>> split("abcdefghij" * 4)
    ['abcdefghijabcdefghijabcdefghijab', 'cdefghij']
    >>> [len(piece) for piece in split("abcdefghij" * 10, 3)], len(split("abc", 3))
    ([33, 33, 34], 3)
    """
    pieces = [text[i : i + _CHARS_PER_PIECE] for i in range(0, len(text), _CHARS_PER_PIECE)]
    if count is None:
        return pieces
    if len(pieces) <= count:
        return pieces + [_FILLER] * (count - len(pieces))
    length = len(text) // count
    cuts = [*range(0, length * count, length), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def build(reply: Reply) -> list[Event]:
    """Return the events of a reply, the grounding in the last."""
    question = reply.question
    thoughts = question.thought_tokens
    first = min(thoughts, _THOUGHT_TOKENS_BEFORE_SEARCH) if question.searching else 0
    events = []
    if reply.tools:
        events += _tool_events(reply, first)
    if reply.thoughts:
        part = {"text": "**Looking into the files**\n\nI read what they say.", "thought": True}
        event = reply.event([part])
        event["usageMetadata"] |= {"thoughtsTokenCount": thoughts}
        event["usageMetadata"]["totalTokenCount"] += thoughts
        events.append(event)
    said = 0
    for piece in reply.pieces:
        said += len(piece)
        event = reply.event([{"text": piece}])
        _count(event, question.prompt_tokens, candidates=-(-said // 4), unnamed=thoughts - first)
        events.append(event)
    events.append(_last(reply, -(-said // 4), first))
    return events


def merge(events: list[Event]) -> Event:
    """Make one response of all events, as the unary method answers."""
    last = json.loads(json.dumps(events[-1]))
    if "candidates" not in last:
        return last
    parts: list[dict[str, Any]] = []
    for event in events:
        for part in event.get("candidates", [{}])[0].get("content", {}).get("parts", []):
            if parts and part.keys() == {"text"} == parts[-1].keys():
                parts[-1]["text"] += part["text"]
            elif part.get("text") != "" or part.keys() - {"text"}:
                parts.append(dict(part))
    candidate = last["candidates"][0]
    if parts and candidate.get("finishReason") != "SAFETY":
        candidate["content"] = {"parts": parts, "role": "model"}
    return last


def frame(event: Event) -> bytes:
    """Spell an event for the stream."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return b"data: %b\r\n\r\n" % text.encode()


def frames(events: list[Event]) -> list[Step]:
    return [frame(event) for event in events]


def _tool_events(reply: Reply, thoughts: int) -> list[Event]:
    call = {"toolType": "FILE_SEARCH", "id": secrets.token_hex(4)}
    signature = base64.b64encode(secrets.token_bytes(24)).decode()
    asked = reply.event([{"toolCall": call, "thoughtSignature": signature}])
    asked["usageMetadata"] |= {"thoughtsTokenCount": thoughts}
    asked["usageMetadata"]["totalTokenCount"] += thoughts + _TOOL_CALL_TOKENS
    told = reply.event([{"toolResponse": call, "thoughtSignature": signature}])
    del told["candidates"][0]["index"]
    return [asked, told]


def _last(reply: Reply, candidates: int, first_thoughts: int) -> Event:
    question = reply.question
    closing: dict[str, Any] = {"finishReason": reply.finish} if reply.finish else {}
    if reply.grounding is not None:
        closing["groundingMetadata"] = reply.grounding
    elif reply.chunks:
        closing["groundingMetadata"] = {"groundingChunks": reply.chunks}
        if reply.supports:
            closing["groundingMetadata"]["groundingSupports"] = reply.supports
    event = reply.event([{"text": ""}], **closing)
    if reply.final:
        event["candidates"] = [reply.final]
    # the thoughts before the search come back as prompt of the round after it
    prompt = question.prompt_tokens + first_thoughts
    tool = sum(tokens_of(c["retrievedContext"].get("text", "")) for c in reply.chunks)
    usage = event["usageMetadata"]
    usage |= {"promptTokenCount": prompt}
    usage["promptTokensDetails"][0]["tokenCount"] = prompt
    if candidates:
        usage["candidatesTokenCount"] = candidates
    if tool:
        usage["toolUsePromptTokenCount"] = tool
        usage["toolUsePromptTokensDetails"] = [{"modality": "TEXT", "tokenCount": tool}]
    if question.thought_tokens:
        usage["thoughtsTokenCount"] = question.thought_tokens
    usage["totalTokenCount"] = prompt + candidates + tool + question.thought_tokens
    return event


def _count(event: Event, prompt: int, *, candidates: int, unnamed: int) -> None:
    usage = event["usageMetadata"]
    usage["candidatesTokenCount"] = candidates
    usage["totalTokenCount"] = prompt + candidates + unnamed
