"""What the model says: the best sentences of the passages it was given, or what it knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .searching import Passage, terms

OWN_KNOWLEDGE = "From general knowledge, not from your files: I have read nothing about this there."
NOTHING_FOUND = "The files hold nothing about this."
_MOST_SENTENCES = 3
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•|#]|\d+[.)]\s))")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])")
_WORD = re.compile(r"[^\W\d_]{4,}")
_MARKER = re.compile(r"\s*(?:[-*•]|\d+[.)])\s+")


@dataclass(slots=True)
class Said:
    """A stretch of an answer, and the chunks that support it."""

    text: str
    chunks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """An answer with the chunks it was made from, in the service's own words for them."""

    said: list[Said]
    chunks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(said.text for said in self.said)

    def supports(self) -> list[dict[str, Any]]:
        """Return which bytes of the text rest on which chunks."""
        supports, at = [], 0
        for said in self.said:
            end = at + len(said.text.encode())
            if said.chunks:
                segment: dict[str, Any] = {"startIndex": at} if at else {}
                segment |= {"endIndex": end, "text": said.text}
                supports.append({"segment": segment, "groundingChunkIndices": said.chunks})
            at = end
        return supports


def answer(
    question: Counter[str],
    found: Sequence[tuple[dict[str, Any], Passage]],
    *,
    bound_to_files: bool,
) -> Answer:
    """Answer from the passages, each given with the chunk that tells of it."""
    if not found:
        return Answer([Said(NOTHING_FOUND if bound_to_files else OWN_KNOWLEDGE)])
    quotes = _choose(question, [passage for _, passage in found])
    said = [quotes[0]]
    for quote in quotes[1:]:
        said += [Said("\n\n* " if len(said) == 1 else "\n* "), quote]
    return Answer(said, [{"retrievedContext": chunk} for chunk, _ in found])


def _choose(question: Counter[str], passages: list[Passage]) -> list[Said]:
    scored: list[tuple[float, str]] = []
    for rank, passage in enumerate(passages):
        for sentence, heading in sentences(passage.text):
            inside = terms(sentence)
            score = sum(
                1.0 if term in inside else 0.4 if term in heading else 0.0 for term in question
            )
            scored.append((score - rank * 0.01, sentence))
    scored.sort(key=lambda entry: -entry[0])
    texts = [" ".join(passage.text.split()) for passage in passages]
    chosen: list[Said] = []
    for score, sentence in scored:
        if len(chosen) == _MOST_SENTENCES or (chosen and score < scored[0][0] * 0.6):
            break
        if any(sentence in said.text or said.text in sentence for said in chosen):
            continue
        chosen.append(Said(sentence, [i for i, text in enumerate(texts) if sentence in text]))
    return chosen or [Said(texts[0], [0])]


def fit(schema: dict[str, Any], text: str) -> Any:
    """Make a value of a JSON schema, out of the words of the question."""
    words = text.removeprefix("Question: ").split()[:6] or ["nothing"]
    kind = str(schema.get("type", "object")).lower()
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        return {name: fit(part, text) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        about = sorted(set(_WORD.findall(text)), key=len, reverse=True)[:3]
        return [fit(schema.get("items", {}), f"What else is there about {word}?") for word in about]
    return {"integer": 3, "number": 0.5, "boolean": True}.get(kind, " ".join(words))


def sentences(text: str) -> list[tuple[str, Counter[str]]]:
    """Return the sentences of a passage, each with the terms of the heading above it.

    >>> [said for said, _ in sentences("# Returns\\n\\nSend it back. We pay.\\n- Or\\nnot.")]
    ['Send it back.', 'We pay.', 'Or not.']
    """
    heading: Counter[str] = Counter()
    found = []
    for block in _BLOCK.split(text):
        if block.lstrip().startswith("#"):
            heading = terms(block)
            block = block.partition("\n")[2]
        for sentence in _SENTENCE.split(_MARKER.sub("", block, count=1)):
            if quote := " ".join(sentence.split()):
                found.append((quote, heading))
    return found
