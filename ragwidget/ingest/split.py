"""Cutting a document into pieces: long enough to make sense, short enough to be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from .document import Block, Page, Piece

TARGET_CHARS = 900
MAX_CHARS = 1_400
TINY_CHARS = 300
_LONGEST_HEADING = 200
_PATH = " › "
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


@dataclass(slots=True)
class _Section:
    """What stands under one heading on one page."""

    path: tuple[str, ...]
    page: int | None
    units: list[tuple[str, str]] = field(default_factory=list)  # text, and what goes before it


def split(pages: Iterable[Page]) -> Iterator[Piece]:
    """Yield the pieces of a document in order.

    A piece never crosses a page or a main heading, so that its citation is right.

    >>> story = Page(3, (Block("heading", "Opening hours", 1), Block("paragraph", "Nine to five.")))
    >>> list(split([story]))
    [Piece(position=0, heading='Opening hours', page=3, text='Nine to five.')]
    """
    parts = (part for section in _sections(pages) for part in _pack(section))
    for position, (path, page, text) in enumerate(_merge_tiny(parts)):
        yield Piece(position, _PATH.join(path), page, text)


_Part = tuple[tuple[str, ...], int | None, str]


def _sections(pages: Iterable[Page]) -> Iterator[_Section]:
    levels: list[tuple[int, str]] = []
    for page in pages:
        section = _Section(tuple(text for _, text in levels), page.number)
        open_heading: str | None = None  # a heading that nothing has followed yet
        for block in page.blocks:
            text = block.text.strip()
            if not text:
                continue
            if block.kind == "heading" and len(text) <= _LONGEST_HEADING:
                if open_heading and block.level <= levels[-1][0]:
                    section.units.append((open_heading, ""))
                if section.units:
                    yield section
                while levels and levels[-1][0] >= block.level:
                    levels.pop()
                open_heading = " ".join(text.split())
                levels.append((block.level, open_heading))
                section = _Section(tuple(text for _, text in levels), page.number)
            else:
                section.units.extend(_units(Block(block.kind, text)))
                open_heading = None
        if open_heading:
            section.units.append((open_heading, ""))
        if section.units:
            yield section


def _units(block: Block) -> Iterator[tuple[str, str]]:
    """Yield what of a block must stay together, each with what ties it to the unit before."""
    tie = "\n\n"
    by_line = block.kind in {"list", "table", "code"}
    for row in block.text.splitlines() if by_line else [block.text]:
        for part in _cut(row):
            if part.strip():
                yield part, tie
                tie = " "
        tie = "\n"


def _cut(text: str) -> Iterator[str]:
    """Yield the text whole, or by sentences, words or at worst characters, none above the maximum.

    >>> [len(part) for part in _cut("word " * 600)]
    [1399, 1399, 199]
    """
    if len(text) <= TARGET_CHARS:
        yield text
        return
    for sentence in _SENTENCE_END.split(text):
        rest = sentence.strip()
        while len(rest) > MAX_CHARS:
            cut = rest.rfind(" ", MAX_CHARS // 2, MAX_CHARS)
            cut = cut if cut > 0 else MAX_CHARS
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        if rest:
            yield rest


def _pack(section: _Section) -> Iterator[_Part]:
    """Fill pieces with units, as evenly as the borders between them allow."""
    left = sum(len(text) + len(tie) for text, tie in section.units)
    packed = ""
    for text, tie in section.units:
        whole = len(packed) + len(tie) + len(text)
        tail = left < TINY_CHARS  # what is left is not worth a piece of its own
        fits = whole <= (MAX_CHARS if tail or len(packed) < TINY_CHARS else TARGET_CHARS)
        if packed and not fits:
            yield section.path, section.page, packed
            packed = text
        else:
            packed = packed + tie + text if packed else text
        left -= len(text) + len(tie)
    if packed:
        yield section.path, section.page, packed


def _merge_tiny(parts: Iterable[_Part]) -> Iterator[_Part]:
    """Join what is too short with its neighbour, where page and main heading are the same."""
    held: _Part | None = None
    for part in parts:
        joined = held and _join(held, part)
        if held and not joined:
            yield held
        held = joined or part
    if held:
        yield held


def _join(one: _Part, other: _Part) -> _Part | None:
    """Return both as one, under what their headings have in common, or None if they stay apart."""
    if one[1] != other[1] or one[0][:1] != other[0][:1]:
        return None
    paths = (one[0], other[0])
    if len(one[2]) >= TINY_CHARS and len(other[2]) >= TINY_CHARS:
        return None
    path = tuple(a for a, b in takewhile(lambda ab: ab[0] == ab[1], zip(*paths, strict=False)))
    text = "\n\n".join(_titled(own[len(path) :], part) for own, _, part in (one, other))
    return (path, one[1], text) if len(text) <= TARGET_CHARS else None


def _titled(path: tuple[str, ...], text: str) -> str:
    """Return the text under the headings that a joined piece doesn't have."""
    if not path:
        return text
    title = _PATH.join(path)
    return title if text == path[-1] else f"{title}\n{text}"
