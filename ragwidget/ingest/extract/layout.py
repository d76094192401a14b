"""From printed lines back to the paragraphs and headings that they were set from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ..cleaning import squeeze
from ..document import Block, Page

_EDGE_LINES = 2
_LONGEST_HEADING = 120
_LONGEST_WORD = 40
# The lines of a table of contents name every topic and say nothing about it.
_LEADS_TO_A_PAGE = re.compile(r"(?:\.[ ]?){5}[. ]*\S{1,6}\s*$|…{3}")
_SOFT_HYPHEN = "\ufffe"  # what PDFium writes where it has joined a broken word itself
_BROKEN = re.compile(r"\w[-\x02\u00ad]$")
_HYPHENATED = re.compile(rf"\w{{1,{_LONGEST_WORD}}}-\w{{1,{_LONGEST_WORD}}}")
_BULLET = re.compile(r"\s*(?:[•‣▪●○◦–*\uf0b7-]|\(?\d{1,2}[.)]|[a-z]\))\s+\S")


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its text, its place on the page, its size and weight."""

    text: str
    left: float
    right: float
    bottom: float
    end_bottom: float  # lower, where a broken word reaches into the next line
    height: float
    bold: bool = False


def pages_of(sheets: Sequence[Sequence[Line]]) -> tuple[Page, ...]:
    """Return the pages of a document from their lines, in order."""
    levels = _heading_levels(sheets)
    running, numbered = _running_lines(sheets, levels), _page_numbers(sheets, levels)
    kept = [
        [
            line
            for at, line in _placed(lines)
            if (at, _shape(line, levels)) not in running
            and not numbered & _counts(at, line, number, levels)
            and not _LEADS_TO_A_PAGE.search(line.text)
        ]
        for number, lines in enumerate(sheets)
    ]
    words = _vocabulary(kept)
    return tuple(
        Page(number, tuple(_blocks(lines, levels, words))) for number, lines in enumerate(kept, 1)
    )


def _placed(lines: Sequence[Line]) -> Iterable[tuple[int, Line]]:
    """Yield each line with its rank from the page's edge: 1, 2 at the top, -1, -2 at the bottom."""
    heights = sorted({round(line.bottom) for line in lines}, reverse=True)
    ranks = {height: rank for rank, height in enumerate(heights[:_EDGE_LINES], 1)}
    if len(heights) > 2 * _EDGE_LINES:
        ranks |= {height: -rank for rank, height in enumerate(heights[: -_EDGE_LINES - 1 : -1], 1)}
    for line in lines:
        yield ranks.get(round(line.bottom), 0), line


def _shape(line: Line, levels: dict[float, int]) -> str:
    """Return the line as it is on every page, whatever the page's number."""
    if _rank(line, levels):
        return squeeze(line.text)  # "Chapter 3" in large letters is no page number
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", squeeze(line.text).lower())


def _running_lines(
    sheets: Sequence[Sequence[Line]], levels: dict[float, int]
) -> set[tuple[int, str]]:
    """Return the headers and footers: lines that stand at the same edge of most pages."""
    if len(sheets) < 3:
        return set()
    seen = Counter(
        place
        for lines in sheets
        for place in {(at, _shape(line, levels)) for at, line in _placed(lines) if at}
    )
    # A book has one header for the left pages and another one for the right ones.
    often = max(3, sum(map(bool, sheets)) * 0.4)
    return {place for place, count in seen.items() if count >= often}


def _page_numbers(
    sheets: Sequence[Sequence[Line]], levels: dict[float, int]
) -> set[tuple[int, int]]:
    """Return where lines stand that count the pages, and by how much they differ from our count.

    That finds headers which name the chapter and so are not the same on most pages.
    """
    seen = Counter(
        place
        for number, lines in enumerate(sheets)
        for place in {p for at, line in _placed(lines) for p in _counts(at, line, number, levels)}
    )
    often = max(3, sum(map(bool, sheets)) * 0.4)
    return {place for place, count in seen.items() if count >= often}


def _counts(at: int, line: Line, number: int, levels: dict[float, int]) -> set[tuple[int, int]]:
    """Return the numbers at either end of a line at the page's edge, less the page's own."""
    if not at or len(line.text) > _LONGEST_HEADING or _rank(line, levels):
        return set()
    words = line.text.split()
    return {(at, int(w) - number) for w in (words[0], words[-1]) if w.isdecimal() and len(w) < 6}


def _heading_levels(sheets: Sequence[Sequence[Line]]) -> dict[float, int]:
    """Return the level of each size of letters: 1 is the largest, 0 the body."""
    chars: Counter[float] = Counter()
    for lines in sheets:
        for line in lines:
            chars[line.height] += len(line.text)
    if not chars:
        return {}
    body = chars.most_common(1)[0][0]
    larger = sorted((size for size in chars if size > body * 1.12), reverse=True)
    return {size: min(rank, 3) for rank, size in enumerate(larger, 1)} | {body: 0}


def _vocabulary(sheets: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the hyphenated words that stand in the middle of lines, where the hyphen is meant."""
    found: set[str] = set()
    for lines in sheets:
        for line in lines:
            found.update(word.lower() for word in _HYPHENATED.findall(line.text))
    return frozenset(found)


def _blocks(
    lines: Sequence[Line], levels: dict[float, int], words: frozenset[str]
) -> Iterable[Block]:
    gap = _usual_gap(lines)
    width = max((line.right for line in lines), default=0)
    group: list[Line] = []
    for line in lines:
        if group and _begins_anew(group[-1], line, gap, width, levels):
            yield _block(group, levels, words)
            group = []
        group.append(line)
    if group:
        yield _block(group, levels, words)


def _usual_gap(lines: Sequence[Line]) -> float:
    """Return the distance between lines of the same paragraph."""
    gaps = [
        a.end_bottom - b.bottom
        for a, b in pairwise(lines)
        if 0 < a.end_bottom - b.bottom < 4 * b.height
    ]
    # The median may fall into the gaps between paragraphs where those are short.
    return min(median(gaps), 1.6 * median(line.height for line in lines)) if gaps else 0.0


def _begins_anew(
    last: Line, line: Line, gap: float, width: float, levels: dict[float, int]
) -> bool:
    differs = _rank(last, levels) != _rank(line, levels) or last.bold != line.bold
    if differs and (_is_heading(last, levels) or _is_heading(line, levels)):
        return True
    step = last.end_bottom - line.bottom
    if step < -line.height:
        # Up again: the next column, or a box. A sentence may go on there.
        return last.text.rstrip().endswith((".", "!", "?", ":")) or line.text[:1].isupper()
    if step > 1.3 * gap or _BULLET.match(line.text):
        return True
    indented = line.left - last.left > line.height * 0.7
    ended = last.text.rstrip().endswith((".", "!", "?", ":")) and last.right < width * 0.8
    return ended or (indented and last.text.rstrip().endswith((".", "!", "?")))


def _rank(line: Line, levels: dict[float, int]) -> int:
    return levels.get(line.height, 0)


def _is_heading(line: Line, levels: dict[float, int]) -> bool:
    text = line.text.strip()
    if len(text) > _LONGEST_HEADING or not any(c.isalpha() for c in text):
        return False
    return _rank(line, levels) > 0 or (
        line.bold and text[0].isalnum() and not text.endswith((".", ",", ";"))
    )


def _block(group: Sequence[Line], levels: dict[float, int], words: frozenset[str]) -> Block:
    text = join_lines([line.text for line in group], words)
    if all(_is_heading(line, levels) for line in group) and len(text) <= _LONGEST_HEADING:
        return Block("heading", text, _rank(group[0], levels) or 4)
    return Block("paragraph", text)


def join_lines(lines: Iterable[str], words: frozenset[str] = frozenset()) -> str:
    """Return the lines as one, words that were broken at a line's end made whole.

    A hyphen stays where the text has the same word with a hyphen elsewhere.

    >>> join_lines(["It is a well-", "known exam-", "ple."], frozenset({"well-known"}))
    'It is a well-known example.'
    """
    text = ""
    for line in map(squeeze, lines):
        if _BROKEN.search(text) and line[:1].islower():
            text = text[:-1] + _SOFT_HYPHEN + line
        else:
            text = f"{text} {line}" if text else line
    whole, *rest = text.split(_SOFT_HYPHEN)
    for part in rest:
        word = f"{_last_word(whole)}-{_first_word(part)}".lower()
        whole += ("-" if word in words else "") + part
    return whole


def _last_word(text: str) -> str:
    found = re.search(r"\w*$", text[-_LONGEST_WORD:])
    return found[0] if found else ""


def _first_word(text: str) -> str:
    found = re.match(r"\w*", text[:_LONGEST_WORD])
    return found[0] if found else ""
