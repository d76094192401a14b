"""How a scenario changes an answer before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .answering import Answer, Said
from .errors import ServiceError
from .http import Bytewise, Cut, Pause, Step
from .replies import Event, Reply, frame
from .scenarios import Scenario

_LINE_SEPARATORS = ("\u2028", "\u2029", "\x85")
_GREETING = "Grüße aus Köln – 日本語 👩‍🔧! "


def shape_answer(answer: Answer, scenario: Scenario) -> None:
    """Change what is said."""
    if scenario.name == "non_ascii":
        answer.said.insert(0, Said(scenario.option("text", _GREETING)))
    elif scenario.name == "line_separators":
        for number, said in enumerate(answer.said):
            said.text = said.text.replace(" ", _LINE_SEPARATORS[number % 3], 1)
        for chunk in answer.chunks:
            context = chunk["retrievedContext"]
            context["text"] = context["text"].replace(" ", "\u2028", 1)


def shape_reply(reply: Reply, scenario: Scenario) -> None:
    """Change what goes with it."""
    if shape := _SHAPES.get(scenario.name):
        shape(reply, scenario)


def shape_events(reply: Reply, events: list[Event], scenario: Scenario) -> list[Event]:
    """Change the events."""
    name = scenario.name
    if name == "prompt_blocked":
        feedback = {"blockReason": scenario.option("reason", "PROHIBITED_CONTENT")}
        return [reply.wrap({"promptFeedback": feedback})]
    if name == "max_tokens_empty":
        last = events[-1]
        last["candidates"] = [
            {"content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}
        ]
        last["usageMetadata"].pop("candidatesTokenCount", None)
        return [last]
    if name == "intermediate_stop":
        return _stop_midway(reply, events)
    if name == "unknown_fields":
        return [_with_unknown_fields(event, scenario) for event in events]
    return events


def shape_steps(steps: list[Step], scenario: Scenario) -> list[Step]:
    """Change how a stream is sent."""
    before = int(scenario.option("before_text", 2))
    said, rest = steps[:before], steps[before:]
    if scenario.name == "cut":
        half = rest[0] if rest else b""
        return [
            *said,
            *([half[: len(half) // 2]] if isinstance(half, bytes) and half else []),
            Cut(),
        ]
    if scenario.name == "early_end":
        return said
    if scenario.name == "stall":
        return [*said, Pause(scenario.option("seconds", 60)), *rest]
    if scenario.name == "slow":
        delay = Pause(scenario.option("delay", 0.1))
        return [step for each in steps for step in (delay, each)]
    if scenario.name == "bad_json":
        return [*said, b'data: {"candidates": [{"content": {"par\r\n\r\n']
    if scenario.name == "error_event":
        code = scenario.option("code", 503)
        return [*said, frame(_error(code, scenario))]
    if scenario.name == "split_every_byte":
        return [Bytewise(step) if isinstance(step, bytes) else step for step in steps]
    if scenario.name == "continuation" and scenario.option("drop", False):
        return [*steps, Cut()]
    return [] if scenario.name == "empty" else steps


def _safety(reply: Reply, scenario: Scenario) -> None:
    _keep_half(reply)
    reply.final = {
        "content": {},
        "finishReason": "SAFETY",
        "safetyRatings": [
            {
                "category": scenario.option("category", "HARM_CATEGORY_DANGEROUS_CONTENT"),
                "probability": "LOW",
                "blocked": True,
            }
        ],
    }


def _recitation(reply: Reply, _scenario: Scenario) -> None:
    _keep_half(reply)
    source = {"startIndex": 0, "endIndex": 20, "uri": "https://example.org/book", "license": ""}
    reply.final = {
        "finishReason": "RECITATION",
        "citationMetadata": {"citationSources": [source]},
        "index": 0,
    }


def _max_tokens(reply: Reply, _scenario: Scenario) -> None:
    _keep_half(reply)
    reply.finish = "MAX_TOKENS"


def _no_grounding(reply: Reply, _scenario: Scenario) -> None:
    reply.chunks, reply.supports = [], []


def _empty_grounding(reply: Reply, _scenario: Scenario) -> None:
    reply.grounding = {}


def _chunks_without_supports(reply: Reply, _scenario: Scenario) -> None:
    reply.supports = []


def _bad_indices(reply: Reply, _scenario: Scenario) -> None:
    for support in reply.supports:
        beyond = len(reply.chunks) + 1
        support["groundingChunkIndices"] = [*support["groundingChunkIndices"], beyond]


def _bad_offsets(reply: Reply, _scenario: Scenario) -> None:
    for support in reply.supports:
        support["segment"]["endIndex"] += 100_000


def _missing_title(reply: Reply, _scenario: Scenario) -> None:
    for chunk in reply.chunks:
        chunk["retrievedContext"].pop("title", None)


def _duplicate_chunks(reply: Reply, _scenario: Scenario) -> None:
    count = len(reply.chunks)
    reply.chunks = reply.chunks * 2
    for support in reply.supports:
        indices = support["groundingChunkIndices"]
        support["groundingChunkIndices"] = [*indices, *(index + count for index in indices)]


def _thoughts(reply: Reply, _scenario: Scenario) -> None:
    reply.thoughts = True


def _tool_parts(reply: Reply, _scenario: Scenario) -> None:
    reply.tools = True


_SHAPES: dict[str, Callable[[Reply, Scenario], None]] = {
    "safety": _safety,
    "recitation": _recitation,
    "max_tokens": _max_tokens,
    "no_grounding": _no_grounding,
    "empty_grounding": _empty_grounding,
    "chunks_without_supports": _chunks_without_supports,
    "bad_indices": _bad_indices,
    "bad_offsets": _bad_offsets,
    "missing_title": _missing_title,
    "duplicate_chunks": _duplicate_chunks,
    "thoughts": _thoughts,
    "tool_parts": _tool_parts,
}


def keep(reply: Reply, pieces: list[str]) -> None:
    """Say only so much, and forget the supports that reach beyond it."""
    reply.pieces = pieces
    said = len("".join(pieces).encode())
    reply.supports = [s for s in reply.supports if s["segment"]["endIndex"] <= said]


def _keep_half(reply: Reply) -> None:
    keep(reply, reply.pieces[: max(1, len(reply.pieces) // 2)])


def _stop_midway(reply: Reply, events: list[Event]) -> list[Event]:
    """Say STOP, and what was found, in the middle, as Gemini 2.5 does; then go on."""
    middle = events[len(events) // 2 - 1] if len(events) > 1 else events[0]
    candidate = middle["candidates"][0]
    candidate["finishReason"] = "STOP"
    if reply.chunks:
        candidate["groundingMetadata"] = {"groundingChunks": reply.chunks}
    code = {"language": "PYTHON", "code": 'print(file_search.query(query="…"))'}
    candidate["content"]["parts"].append({"executableCode": code})
    return events


def _with_unknown_fields(event: Event, scenario: Scenario) -> Event:
    for candidate in event.get("candidates", []):
        candidate |= {"somethingNew": {"deep": [1, {"a": None}]}}
        if scenario.option("finish", None) and "finishReason" in candidate:
            candidate["finishReason"] = scenario.option("finish", None)
    return {**event, "aFieldOfTomorrow": "x", "modelStatus": {"modelStage": "STABLE"}}


def _error(code: int, scenario: Scenario) -> dict[str, Any]:
    message = scenario.option("message", "The model is overloaded. Please try again later.")
    return ServiceError(code, message).body
