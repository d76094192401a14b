"""generateContent, whole and streamed: search, answer, shape, send."""

from __future__ import annotations

import base64
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from . import answering, asking, replies, scripting, searching, shapes, shaping
from .answering import Answer, Said
from .asking import Question
from .errors import invalid
from .http import Pause, Response, Step, Streamed, json_response
from .replies import Event, Reply
from .scenarios import Scenario
from .state import Project

_EVENT_STREAM = {"Content-Type": "text/event-stream", "Content-Disposition": "attachment"}


@dataclass(slots=True)
class Pace:
    """How fast answers come, and in how many pieces."""

    first_ms: float = 0.0
    chunk_ms: float = 0.0
    chunks: int | None = None


@dataclass(slots=True)
class Studio:
    """What is common to all answers."""

    pace: Pace = field(default_factory=Pace)
    scripts: list[dict[str, Any]] = field(default_factory=list)
    continuations: dict[bytes, list[Event]] = field(default_factory=dict)


def generate(
    studio: Studio,
    project: Project,
    model: str,
    body: bytes,
    *,
    stream: str | None,
    scenarios: list[Scenario],
) -> Response | Streamed:
    """Answer a request; `stream` is "sse", "json" or None."""
    question = asking.read(project, model, body)
    if question.continuation is not None:
        events = _go_on(studio, question.continuation)
        scenarios = [scenario for scenario in scenarios if scenario.name != "continuation"]
    else:
        events = _events(studio, project, question, scenarios)
    if stream != "sse":
        whole = replies.merge(events) if stream is None else events
        return _unary(whole, scenarios, studio.pace)
    steps = replies.frames(events)
    for scenario in scenarios:
        steps = shaping.shape_steps(steps, scenario)
    return Streamed(_paced(steps, studio.pace), _EVENT_STREAM)


def count_tokens(body: bytes) -> dict[str, Any]:
    """Count the tokens of some contents."""
    request = shapes.parse(body, shapes.COUNT)
    contents = request.get("contents") or request.get("generateContentRequest", {}).get(
        "contents", []
    )
    count = sum(
        asking.tokens_of(part.get("text", "")) for c in contents for part in c.get("parts", [])
    )
    details = [{"modality": "TEXT", "tokenCount": count}]
    return {"totalTokens": count, "promptTokensDetails": details}


def _events(
    studio: Studio, project: Project, question: Question, scenarios: list[Scenario]
) -> list[Event]:
    script = scripting.take(studio.scripts, question.text)
    answer = scripting.answer(script) if script else _answer(project, question)
    for scenario in scenarios:
        shaping.shape_answer(answer, scenario)
    reply = Reply(question, answer, thoughts=question.show_thoughts)
    reply.tools = question.show_tools and question.searching
    reply.ground()
    reply.pieces = replies.split(answer.text, studio.pace.chunks)
    if script:
        scripting.follow(script, reply)
    names = [scenario.name for scenario in scenarios]
    room = question.most_tokens - question.thought_tokens
    if room <= 0 and "max_tokens_empty" not in names:
        scenarios = [*scenarios, Scenario("max_tokens_empty")]
    elif asking.tokens_of("".join(reply.pieces)) > room:
        shaping.keep(reply, replies.split("".join(reply.pieces)[: room * 4]))
        reply.finish = "MAX_TOKENS"
    for scenario in scenarios:
        shaping.shape_reply(reply, scenario)
    events = replies.build(reply)
    for scenario in scenarios:
        events = shaping.shape_events(reply, events, scenario)
    for scenario in scenarios:
        if scenario.name == "continuation":
            return _interrupted(studio, events, dropped=scenario.option("drop", False))
    return events


def _answer(project: Project, question: Question) -> Answer:
    """Answer from the stores, or out of nothing."""
    if question.json_schema is not None:
        return Answer([Said(json.dumps(answering.fit(question.json_schema, question.text)))])
    wanted = searching.terms(question.text) or searching.terms(question.before())
    found = _search(project, question, wanted) if question.searching else []
    bound = "answer only from" in question.system.lower()
    return answering.answer(wanted, found, bound_to_files=bound)


def _search(
    project: Project, question: Question, wanted: Counter[str]
) -> list[tuple[dict[str, Any], searching.Passage]]:
    shelf = project.passages(question.stores, question.allows)
    found = []
    for document, passage in searching.rank(wanted, shelf, question.top_k):
        chunk: dict[str, Any] = {"fileSearchStore": document.store_name(), "text": passage.text}
        if document.display_name:
            chunk["title"] = document.display_name
        if passage.page:
            chunk["pageNumber"] = passage.page
        if document.metadata:
            chunk["customMetadata"] = document.metadata
        found.append((chunk, passage))
    return found


def _go_on(studio: Studio, token: str) -> list[Event]:
    """Return what an interrupted answer has left to say."""
    try:
        return studio.continuations[base64.b64decode(token, altchars=b"-_")]
    except (KeyError, ValueError) as error:
        raise invalid("The continuation token is not valid.") from error


def _interrupted(studio: Studio, events: list[Event], *, dropped: bool) -> list[Event]:
    """Keep the second half for the request that comes with the token."""
    token = secrets.token_bytes(18)
    middle = max(1, len(events) // 2)
    studio.continuations[token] = events[middle:]
    candidate = events[middle - 1]["candidates"][0]
    candidate |= {"continuationToken": base64.b64encode(token).decode()}
    if not dropped:
        candidate |= {"finishReason": "CONTINUATION"}
    return events[:middle]


def _paced(steps: list[Step], pace: Pace) -> list[Step]:
    if not pace.first_ms and not pace.chunk_ms:
        return steps
    first, other = Pause(pace.first_ms / 1000), Pause(pace.chunk_ms / 1000)
    return [each for n, step in enumerate(steps) for each in (other if n else first, step)]


def _unary(whole: Any, scenarios: list[Scenario], pace: Pace) -> Response | Streamed:
    response = json_response(whole)
    names = {scenario.name for scenario in scenarios}
    if "early_end" in names:
        whole["candidates"][0].pop("finishReason", None)
        whole["candidates"][0].pop("groundingMetadata", None)
        return json_response(whole)
    if "error_event" in names:
        return json_response({"error": {"code": 500, "message": "Internal error encountered."}})
    if pace.first_ms:
        return Streamed([Pause(pace.first_ms / 1000), response.body], response.headers)
    return response
