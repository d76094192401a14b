"""How far a quote goes: around what answers best, until it can be read on its own."""

import re

from ragwidget.engines.local.intent import Wish, announces, instructs
from ragwidget.engines.local.sections import Section, paragraphs
from ragwidget.engines.local.sentences import Unit

SHORT_PARAGRAPH = 140  # characters up to which a paragraph is quoted whole for one sentence of it
WHOLE_PARAGRAPH = 300  # … and where more than a sentence is asked for
WHOLE_IN_DIGEST = 400
LONGEST_QUOTE = 420
LONGEST_STEPS = 640
ENOUGH_TOLD = 200  # characters after which a section's next paragraph must go on with the last
LONGEST_LIST = 900
MOST_ITEMS = 12
MOST_ROWS = 6

_LEANS_BACK = re.compile(
    r"(?:it|its|this|that|these|those|they|them|their|he|she|his|her|such|however|therefore|thus"
    r"|then|also|but|and|or|so|otherwise|instead|again|both|neither|after(?:wards)?,"
    r"|(?:after|before|in|for|at|with|without|on|by) (?:that|this|these|those|it)"
    r"|[^:]*\b(?:these|those)\b[^:]*$"
    r"|[a-z]+ (?:it|them|this|these|those)\b(?! (?:is|are|was|were))"
    r"|es|dies\w*|sie|er|dann|daher|jedoch|außerdem|dabei|danach|auch|il|elle|ils|cela|ce|cette|ces"
    r"|cependant|ensuite|puis|aussi|ello|esto|esta|sin embargo|luego|también|poi|inoltre|depois)\b",
    re.IGNORECASE,
)


def leans(text: str) -> bool:
    """Tell whether a sentence leans on the one before it.

    >>> leans("Then add your website."), leans("Open them."), leans("Add your website.")
    (True, True, False)
    """
    return bool(_LEANS_BACK.match(text))


def stretch(
    units: list[Unit],
    worth: list[float],
    best: int,
    section: Section,
    wish: Wish,
    *,
    titled: bool,
) -> list[int]:
    """Return the units around the best one that make it readable on its own."""
    if titled and not wish.sentence:
        opening = _opening(units, section, wish)
        if max(worth[i] for i in opening) * 1.3 >= worth[best]:
            return opening
    kind = units[best].kind
    if kind == "item":
        return _list(units, worth, best)
    if kind in ("row", "cells"):
        return _rows(units, worth, best)
    if kind in ("code", "label"):
        return [*_introduction(units, best), best]
    return _told(units, worth, best, section, wish)


def _told(
    units: list[Unit], worth: list[float], best: int, section: Section, wish: Wish
) -> list[int]:
    """Return the sentences around the best one, and what they lead to."""
    prose = _run(units, best, "sentence")
    size = units[prose[-1]].end - units[prose[0]].start
    if size <= _whole(wish):
        first, last = prose[0], prose[-1]
        while size > SHORT_PARAGRAPH and first < best and worth[first] < worth[best] / 3:
            first += 1
    else:
        near = 0.7 if wish.sentence or wish.definition else 0.33
        first = last = best
        steps = wish.steps and instructs(units[best].text)
        while last < prose[-1] and units[last + 1].end - units[first].start <= LONGEST_QUOTE:
            goes_on = steps or leans(units[last + 1].text)
            if not goes_on and worth[last + 1] < worth[best] * near:
                break
            last += 1
    while first > section.first and leans(units[first].text):
        if units[first - 1].kind != "sentence" or units[first - 1].text[-1] not in ".!?…":
            break
        first -= 1
    chosen = list(range(first, last + 1))
    if units[last].text.endswith(":") or (wish.several and announces(units[last].text)):
        chosen += _enumerated(units, last + 1, section)
    return chosen


def _opening(units: list[Unit], section: Section, wish: Wish) -> list[int]:
    """Return how a section begins, paragraph by paragraph."""
    room = LONGEST_STEPS if wish.steps else LONGEST_QUOTE
    chosen: list[int] = []
    for paragraph in paragraphs(units, section):
        size = units[paragraph[-1]].end - units[section.first].start
        first = units[paragraph[0]]
        listed = chosen and first.kind == units[chosen[-1]].kind == "item"
        if chosen and not listed and not announces(units[chosen[-1]].text):
            goes_on = leans(first.text) or wish.steps
            told = units[chosen[-1]].end - units[section.first].start
            if size > room or (told >= ENOUGH_TOLD and not goes_on):
                break
            if first.kind in ("row", "cells", "code") and not wish.steps:
                break
        if first.kind == "sentence":
            chosen += [
                i
                for i in paragraph
                if i == section.first or units[i].end - units[section.first].start <= room
            ]
        else:
            chosen += paragraph[:MOST_ITEMS]
        if size > room:
            break
    return chosen


def _list(units: list[Unit], worth: list[float], best: int) -> list[int]:
    items = _run(units, best, "item")
    size = units[items[-1]].end - units[items[0]].start
    if len(items) > MOST_ITEMS or size > LONGEST_LIST:
        items = [i for i in items if worth[i] >= worth[best] * 0.7][:MOST_ROWS]
    return [*_introduction(units, _run(units, best, "item")[0]), *items]


def _rows(units: list[Unit], worth: list[float], best: int) -> list[int]:
    rows = _run(units, best, units[best].kind)
    head = rows[:2] if units[best].kind == "cells" else []
    fitting = [i for i in rows if i not in head and worth[i] >= worth[best] * 0.95]
    return [*head, *fitting[:MOST_ROWS]]


def _whole(wish: Wish) -> int:
    """Return up to which length a paragraph is quoted whole."""
    if wish.digest:
        return WHOLE_IN_DIGEST
    return SHORT_PARAGRAPH if wish.sentence or wish.definition else WHOLE_PARAGRAPH


def _run(units: list[Unit], at: int, kind: str) -> list[int]:
    """Return the unbroken run of units of this kind, of one block, around one of them."""
    first = last = at
    while first > 0 and _alike(units[first - 1], units[at], kind):
        first -= 1
    while last + 1 < len(units) and _alike(units[last + 1], units[at], kind):
        last += 1
    return list(range(first, last + 1))


def _alike(unit: Unit, other: Unit, kind: str) -> bool:
    return unit.kind == kind and unit.block == other.block


def _introduction(units: list[Unit], at: int) -> list[int]:
    """Return the sentence that introduces a list or code, if there is one just before."""
    return [at - 1] if at and units[at - 1].text.endswith(":") else []


def _enumerated(units: list[Unit], at: int, section: Section) -> list[int]:
    """Return the list, rows or code that a sentence leads to; the items may stand apart."""
    last = at
    while last < section.last and units[last].kind == units[at].kind != "sentence":
        last += 1
    return list(range(at, min(last, at + MOST_ITEMS)))
