"""How what was quoted is written: each part word for word, in the Markdown that it is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ragwidget.engines.local import verbatim
from ragwidget.engines.local.sentences import Unit

_BULLET = re.compile(r"(?:([-*+•‣–]|[a-z][.)])|(\d{1,3}[.)]))\s+")
_KEY = r"[^:;|]{1,60}: "
_ROW = re.compile(rf"(?:{_KEY})?([^;]+?); (?={_KEY})")
_LAST_CELL = re.compile(rf"{_KEY}(?!.*; {_KEY})")


@dataclass(frozen=True, slots=True)
class Part:
    """Where a quoted part is in its passage, and what is written around it.

    `as_is` is what Markdown may read: code between fences, cells of a table.
    """

    start: int
    end: int
    before: str = ""
    after: str = ""
    as_is: bool = False

    def written(self, text: str) -> str:
        """Return the Markdown of the part of this text."""
        quoted = text[self.start : self.end]
        if self.as_is:
            return quoted
        return verbatim.prose(quoted, begins=not self.before or self.before[-1] in "\n ")


def parts_of(text: str, units: Sequence[Unit]) -> tuple[Part, ...]:
    """Return the parts of a quote; sentences that follow each other are one."""
    parts: list[Part] = []
    last: Unit | None = None
    alone = len(units) == 1
    for unit in units:
        if last and _goes_on(text, last, unit):
            parts[-1] = replace(parts[-1], end=unit.end)
        else:
            together = last is not None and unit.kind == last.kind != "sentence"
            between = "" if last is None else "\n" if together else "\n\n"
            first, *others = _written(text, unit, alone=alone)
            parts += [replace(first, before=between + first.before), *others]
        last = unit
    return tuple(parts)


def _written(text: str, unit: Unit, *, alone: bool) -> Iterable[Part]:
    if unit.kind == "row":
        return _cells(unit, "" if alone else "- ")
    if unit.kind == "item" and (bullet := _BULLET.match(unit.text)):
        mark = f"{bullet[2]} " if bullet[2] else "- "
        begin = text.rfind("\n", 0, unit.start) + 1
        indent = text[begin : unit.start]
        before = "" if alone else f"{indent if indent.isspace() else ''}{mark}"
        return [Part(unit.start + bullet.end(), unit.end, before)]
    if unit.kind == "code":
        before, after = verbatim.fenced(unit.text)
        return [Part(unit.start, unit.end, before, after, as_is=True)]
    return [Part(unit.start, unit.end, as_is=unit.kind == "cells")]


def _cells(unit: Unit, bullet: str) -> Iterator[Part]:
    """Yield a row's first cell, which names it, and then the others.

    Of two columns, the heads of the columns say nothing that their cells don't.
    """
    row = _ROW.match(unit.text)
    if not row:
        yield Part(unit.start, unit.end, bullet)
        return
    yield Part(unit.start + row.start(1), unit.start + row.end(1), f"{bullet}**", "** — ")
    last = _LAST_CELL.match(unit.text, row.end())
    yield Part(unit.start + (last.end() if last else row.end()), unit.end, before="")


def _goes_on(text: str, last: Unit, unit: Unit) -> bool:
    """Tell whether two sentences follow each other in one paragraph."""
    prose = unit.kind == last.kind == "sentence" and unit.block == last.block
    return prose and not text[last.end : unit.start].strip()
