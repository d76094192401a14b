"""A passage as what can be quoted from it: sentences, list items, rows and code, word for word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_ITEM = 420  # characters; a longer item of a list is told sentence by sentence

_BLOCK = re.compile(r"```.*?(?:```|\Z)|(?:[^\n]+\n?)+", re.DOTALL)
_LINE = re.compile(r"[^\n]+")
_ITEM = re.compile(r"\s*(?:[-*•‣–]|\d{1,3}[.)]|[a-z][.)])\s+\S")
_ROW = re.compile(r"[^:;|]{1,60}(?:: [^;]+)?; [^:;]{1,60}: |[^:;|]{1,60}: [^;]+\.?$")
_LABEL = re.compile(r"[^\n|;:.!?…]{1,100}\??\n(?=[^\sa-z|•*-])")
_CODE = re.compile(
    r"\s{4}|.*\S {3,}\S|[$>#] |.* --\w|.*[{};=(,]$|.*\);?$|[\w.]+ ?= ?\S|[@<}\])]"
    r"|(?:import|from|def|class|return|curl|pip|npm|make|docker|export|git|sudo|select|insert"
    r"|const|let|var|function)\b (?!.*\.$)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\s*</?[a-z!][^>]*>", re.IGNORECASE)
_END = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[^\sa-z])|[。！？]+)")
_SHORT_FORM = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nr|mr|mrs|ms|dr|prof|st|inc|ltd|co|fig|p|pp|ca|bzw|usw"
    r"|z\.\s?b|d\.\s?h|u\.\s?a|art|abs|ggf|evtl|sr|sra|ex|m|mme)|(?:^|\s)[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a passage that can stand in an answer; `text[start:end]` of the passage.

    `kind` is `label` (a heading between paragraphs), `sentence`, `item`, `row`, `cells` (of a
    Markdown table) or `code`; `block` counts the paragraphs, lists and tables of the passage.
    """

    kind: str
    block: int
    start: int
    end: int
    text: str


def units_of(text: str) -> list[Unit]:
    """Return everything that can be quoted from a text, in its order.

    >>> [unit.text for unit in units_of("It is e.g. 5 mm. Wide: - no.")]
    ['It is e.g. 5 mm.', 'Wide: - no.']
    """
    units: list[Unit] = []
    for number, match in enumerate(_BLOCK.finditer(text)):
        units += _units_of_block(match[0], match.start(), number)
    return units


def _units_of_block(block: str, offset: int, number: int) -> Iterator[Unit]:
    def unit(kind: str, start: int, end: int) -> Iterator[Unit]:
        while start < end and block[start].isspace():
            start += 1
        while end > start and block[end - 1].isspace():
            end -= 1
        if start < end:
            yield Unit(kind, number, offset + start, offset + end, block[start:end])

    def told(start: int, end: int) -> Iterator[Unit]:
        bullet = _ITEM.match(block, start, end)
        for first, last in _sentences(block[start:end]):
            skip = bullet.end() - 1 - start if bullet and not first else 0
            yield from unit("sentence", start + first + skip, start + last)

    if block.startswith("```") or _looks_like_code(block):
        yield from unit("code", 0, len(block))
        return
    if label := _LABEL.match(block):
        yield from unit("label", 0, label.end())
        rest = block[label.end() :]
        yield from _units_of_block(rest, offset + label.end(), number)
        return
    begun: int | None = None  # where the prose before the next item or row begins
    kind, since = "", 0
    for line in _LINE.finditer(block):
        new = _kind_of(line[0])
        if new == "sentence" and kind == "item" and line[0].startswith((" ", "\t")):
            continue  # the item goes on
        if kind == "item" and line.start() - since > LONGEST_ITEM:
            yield from told(since, line.start())
        elif kind in ("item", "row", "cells", "code"):
            yield from unit(kind, since, line.start())
        if new == "sentence":
            begun = line.start() if begun is None else begun
        elif begun is not None:
            yield from told(begun, line.start())
            begun = None
        kind, since = new, line.start()
    if begun is not None or (kind == "item" and len(block) - since > LONGEST_ITEM):
        yield from told(since if begun is None else begun, len(block))
    else:
        yield from unit(kind, since, len(block))


def _looks_like_code(block: str) -> bool:
    lines = block.splitlines()
    return sum(bool(_CODE.match(line)) for line in lines) * 2 > len(lines)


def _kind_of(line: str) -> str:
    if _ITEM.match(line):
        return "item"
    if _MARKUP.match(line):
        return "code"
    if line.lstrip().startswith("|"):
        return "cells"
    return "row" if ";" in line and _ROW.match(line) else "sentence"


def _sentences(prose: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(prose):
        if not _SHORT_FORM.search(prose[start : end.end()]):
            yield start, end.end()
            start = end.end()
    yield start, len(prose)
