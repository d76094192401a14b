"""What an answer rests on: from the service's passages and byte offsets to numbered sources."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from ragwidget.chat.events import SourceRef

MOST_SOURCES = 50
MOST_CHUNKS = 200
MOST_SUPPORTS = 500
LONGEST_SNIPPET = 4000
_HEADER = re.compile(r"\ATitle: [^\n]*\n(?:Address: [^\n]*\n)?\n")  # as texts are uploaded
_JOINED = "\u200d\ufe0e\ufe0f"  # what belongs to the character before it, beside marks


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that the service found, with the id that we gave to its source."""

    text: str
    source_id: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """A stretch of the answer, in bytes of UTF-8, and the places of the chunks it rests on.

    With a `part`, the bytes count from the beginning of that part of the answer.
    """

    start: int
    end: int
    text: str = ""
    part: int = 0
    chunks: tuple[int, ...] = ()
    confidences: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What we know ourselves of a source."""

    title: str
    kind: str
    url: str | None = None


class Shelf(Protocol):
    """Tells of a chatbot's sources what is known of them; others it doesn't know."""

    def __call__(self, source_ids: Collection[str], /) -> Mapping[str, SourceFacts]:
        """Return the facts by id."""
        ...


@dataclass(slots=True)
class _Passage:
    """What is cited with one number."""

    source_id: str
    page: int | None
    text: str
    score: float = 0.0
    used: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)

    def takes(self, chunk: Chunk, source_id: str) -> bool:
        """Tell whether a chunk is this one again, or a piece of it, or has it as a piece."""
        return (self.source_id, self.page) == (source_id, chunk.page) and (
            chunk.text in self.text or self.text in chunk.text
        )


def cite(
    parts: Sequence[str],
    chunks: Sequence[Chunk],
    supports: Sequence[Support],
    shelf: Shelf,
    allowed: Collection[str] = (),
) -> tuple[SourceRef, ...]:
    """Return the sources of an answer that came in these parts, numbered by their first use.

    A chunk whose source the shelf doesn't know, or that is none of the `allowed` if some are
    named, counts for nothing.
    """
    passages: list[_Passage] = []
    places: dict[int, _Passage] = {}
    known = _known(chunks, shelf, allowed)
    for place, chunk in enumerate(chunks):
        source_id = _id(chunk.source_id)
        if source_id not in known:
            continue
        passage = next((each for each in passages if each.takes(chunk, source_id)), None)
        if passage is None and len(passages) < MOST_SOURCES:
            passage = _Passage(source_id, chunk.page, chunk.text)
            passages.append(passage)
        if passage is not None:
            passage.text = max(passage.text, chunk.text, key=len)
            places[place] = passage
    answer = _Answer(parts)
    for support in supports:
        span = answer.locate(support)
        for place, confidence in _confident(support):
            if passage := places.get(place):
                passage.used = True
                passage.score = max(passage.score, confidence)
                if span:
                    passage.spans.append(span)
    passages.sort(key=lambda passage: min(passage.spans, default=(math.inf, 0)))
    # What was found and not used is no source; but where nothing says what was used, all may be.
    cited = [passage for passage in passages if passage.used] or passages
    return tuple(
        _source(index, passage, known[passage.source_id])
        for index, passage in enumerate(cited, start=1)
    )


def rests_elsewhere(
    chunks: Sequence[Chunk],
    supports: Iterable[Support],
    shelf: Shelf,
    allowed: Collection[str] = (),
) -> bool:
    """Tell whether a stretch rests on nothing but sources that the shelf doesn't know.

    Such as one that was deleted here a moment ago, and that the service has yet to forget.
    """
    known = _known(chunks, shelf, allowed)
    for support in supports:
        named = [chunks[place] for place in support.chunks if 0 <= place < len(chunks)]
        ids = {_id(chunk.source_id) for chunk in named} - {""}
        if ids and ids.isdisjoint(known):
            return True
    return False


def _known(
    chunks: Iterable[Chunk], shelf: Shelf, allowed: Collection[str]
) -> Mapping[str, SourceFacts]:
    named = {_id(chunk.source_id) for chunk in chunks} - {""}
    if allowed:
        named &= {_id(source_id) for source_id in allowed}
    return shelf(named) if named else {}


def _id(text: str) -> str:
    """Return an id as we spell it, or nothing.

    >>> _id("0197F2C0-0000-7000-8000-000000000001"), _id("../etc/passwd")
    ('0197f2c0-0000-7000-8000-000000000001', '')
    """
    try:
        return str(UUID(text)) if len(text) == 36 else ""
    except ValueError:
        return ""


def _source(index: int, passage: _Passage, facts: SourceFacts) -> SourceRef:
    text = passage.text if facts.kind == "file" else _HEADER.sub("", passage.text, count=1)
    return SourceRef(
        index=index,
        source_id=passage.source_id,
        title=facts.title,
        kind=facts.kind,
        page=passage.page,
        url=facts.url,
        snippet=text.strip()[:LONGEST_SNIPPET],
        score=round(passage.score, 3),
        spans=_merged(passage.spans),
    )


def _confident(support: Support) -> Iterable[tuple[int, float]]:
    """Yield the places of a support's chunks, each with how sure the service is, from 0 to 1."""
    for number, place in enumerate(support.chunks):
        sure = support.confidences[number] if number < len(support.confidences) else 0.0
        yield place, min(1.0, max(0.0, sure))  # in this order not a number is 0


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return spans in order, those that touch as one.

    >>> _merged([(9, 12), (0, 4), (3, 6), (6, 7)])
    ((0, 7), (9, 12))
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


class _Answer:
    """An answer in which stretches are looked for."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._text = "".join(parts)
        self._bytes = self._text.encode()
        self._parts = parts

    def locate(self, support: Support) -> tuple[int, int] | None:
        """Return where a support's stretch is, in UTF-16 code units, if it is anywhere."""
        span = self._by_bytes(support)
        if support.text and (span is None or self._text[slice(*span)] != support.text):
            begin = self._text.find(support.text)
            span = (begin, begin + len(support.text)) if begin >= 0 else None
        if span is None:
            return None
        begin, end = span
        while end < len(self._text) and _belongs_to_the_last(self._text[end]):
            end += 1
        return _units(self._text[:begin]), _units(self._text[:end])

    def _by_bytes(self, support: Support) -> tuple[int, int] | None:
        """Return the characters between a support's bytes, if it has bytes of the answer's."""
        if not 0 <= support.part < max(1, len(self._parts)):
            return None
        before = len("".join(self._parts[: support.part]).encode())
        start, end = before + support.start, before + support.end
        if not before <= start < end <= len(self._bytes):
            return None
        try:
            return len(self._bytes[:start].decode()), len(self._bytes[:end].decode())
        except UnicodeDecodeError:  # a character was cut in two
            return None


def _belongs_to_the_last(character: str) -> bool:
    return character in _JOINED or unicodedata.combining(character) > 0


def _units(text: str) -> int:
    """Return a text's length in UTF-16 code units.

    >>> _units("a😀")
    3
    """
    return len(text.encode("utf-16-le")) // 2
