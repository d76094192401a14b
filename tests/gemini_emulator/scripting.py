"""Answers that a test dictates, word for word."""

from __future__ import annotations

from typing import Any

from .answering import Answer, Said
from .replies import Reply

Script = dict[str, Any]


def take(scripts: list[Script], question: str) -> Script | None:
    """Take the next script that is meant for a question."""
    for number, script in enumerate(scripts):
        if script.get("match", "") in question:
            return scripts.pop(number)
    return None


def answer(script: Script) -> Answer:
    """Make the answer of a script; a chunk may be given with or without its wrapping."""
    chunks = [
        chunk if "retrievedContext" in chunk else {"retrievedContext": chunk}
        for chunk in script.get("chunks") or []
    ]
    return Answer([Said(script.get("text") or "".join(script.get("pieces") or []))], chunks)


def follow(script: Script, reply: Reply) -> None:
    """Take what else it says; a support may be a pair of words and indices."""
    reply.finish = script.get("finish", "STOP")
    if script.get("pieces"):
        reply.pieces = script["pieces"]
    text = reply.answer.text
    reply.supports = [
        support if isinstance(support, dict) else _support(text, *support)
        for support in script.get("supports") or []
    ]


def _support(text: str, words: str, indices: list[int]) -> dict[str, Any]:
    start = len(text[: text.index(words)].encode())
    end = start + len(words.encode())
    segment = {**({"startIndex": start} if start else {}), "endIndex": end, "text": words}
    return {"segment": segment, "groundingChunkIndices": indices}
