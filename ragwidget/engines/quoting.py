"""Which words of a passage answer: a stretch that can be read on its own, quoted as it stands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ragwidget.engines.intent import (
    defined_in,
    has_money,
    is_price,
    wants_definition,
    wants_list,
    wants_number,
)
from ragwidget.engines.query import JOINED, SYNONYM, Query
from ragwidget.engines.ranking import Found
from ragwidget.engines.sentences import Unit, units_of
from ragwidget.engines.shelf import Passage
from ragwidget.engines.words import stem, surface_words

WHOLE_PARAGRAPH = 140  # characters up to which a paragraph is quoted whole
WHOLE_IN_DIGEST = 400
LONGEST_QUOTE = 420
LONGEST_LIST = 900
MOST_ITEMS = 12
MOST_ROWS = 6

BY_HEADING = 0.85  # what it counts that a concept stands in the heading over a quote
ELSEWHERE = 0.4  # … or elsewhere in its passage
BY_SYNONYM = 0.8
BESIDE = {"sentence": 0.8, "item": 0.6, "row": 0.5, "cells": 0.5, "code": 0.5, "label": 0.5}
# … or in another sentence, item or row of the same quote
CODE = 0.6
WITH_NUMBER = 0.15
DEFINITION = 0.7
INTRODUCTION = 0.3
LITERAL = 0.15  # a word as it was asked tells a little more than its stem

_LEANS_BACK = re.compile(
    r"(?:it|its|this|that|these|those|they|them|he|she|such|however|therefore|thus|then|also|but"
    r"|and|otherwise|instead|(?:after|before|in|for|at|with|without) (?:that|this|these|those|it)"
    r"|es|dies\w*|sie|er|dann|daher|jedoch|außerdem|dabei|il|elle|ils|cela|ce|cette|ces|cependant"
    r"|ello|esto|esta|sin embargo)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[•‣–]|[a-z][.)])\s+")


@dataclass(frozen=True, slots=True)
class Part:
    """Where a quoted part is in its passage, and the Markdown that keeps it what it is."""

    start: int
    end: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Quote:
    """A stretch of a passage."""

    passage: Passage
    parts: tuple[Part, ...]
    evidence: float
    score: float
    covers: frozenset[int]
    fit: float = 0.0

    @cached_property
    def text(self) -> str:
        """Return the quoted words alone."""
        return "\n".join(self.passage.text[part.start : part.end] for part in self.parts)


class Quoter:
    """Finds the quotes that answer one question."""

    def __init__(
        self, question: str, query: Query, languages: Sequence[str], *, digest: bool = False
    ) -> None:
        self._query = query
        self._languages = languages or ("english",)
        self._whole = WHOLE_IN_DIGEST if digest else WHOLE_PARAGRAPH
        self._wants_number = wants_number(question)
        self._wants_list = wants_list(question)
        self._wants_definition = wants_definition(question)

    def quote(self, found: Found) -> Quote | None:
        """Return the best stretch of a passage, or nothing if the passage has no words."""
        passage = found.passage
        units = units_of(passage.text)
        if not units:
            return None
        above = self._credits({*passage.title_terms, *passage.heading_terms}, BY_HEADING)
        inside = [self._credits(self._terms(unit.text), 1.0, unit.text) for unit in units]
        worth = [
            self._worth(credits) * (CODE if unit.kind == "code" else 1.0)
            + self._fitting(unit) * self._query.weight
            for unit, credits in zip(units, inside, strict=True)
        ]
        best = max(range(len(units)), key=lambda i: (worth[i], -i))
        best = self._below(units, worth, best)
        chosen = self._stretch(units, worth, best)
        within: dict[int, float] = {}
        for i in chosen:
            apart = i != best and units[i].kind == units[best].kind
            share = BESIDE[units[i].kind] if apart else CODE if units[i].kind == "code" else 1.0
            _keep_best(within, inside[i], share=share)
        covers = frozenset(within)
        _keep_best(within, above)
        _keep_best(within, dict.fromkeys(found.concepts, ELSEWHERE))
        proved = sum(
            credit * self._query.concepts[number].needed * self._query.concepts[number].rarity
            for number, credit in within.items()
        )
        evidence = proved / self._query.needed if self._query.needed else 0.0
        return Quote(
            passage,
            tuple(_parts(passage.text, [units[i] for i in chosen])),
            evidence,
            found.score,
            covers,
            self._fitting(units[best]),
        )

    def _below(self, units: list[Unit], worth: list[float], best: int) -> int:
        """Return the best unit under a label, or the unit itself if it is none."""
        if units[best].kind != "label":
            return best
        under = []
        for i in range(best + 1, len(units)):
            if units[i].kind == "label":
                break
            under.append(i)
        return max(under, key=lambda i: (worth[i], -i), default=best)

    def _stretch(self, units: list[Unit], worth: list[float], best: int) -> list[int]:
        """Return the units around the best one that make it readable on its own."""
        kind = units[best].kind
        if kind == "item":
            return self._list(units, worth, best)
        if kind in ("row", "cells"):
            return self._rows(units, worth, best)
        if kind in ("code", "label"):
            return [*_introduction(units, best), best]
        prose = _run(units, best, "sentence")
        if units[prose[-1]].end - units[prose[0]].start <= self._whole:
            first, last = prose[0], prose[-1]
        else:
            first = last = best
            while first > prose[0] and _LEANS_BACK.match(units[first].text):
                first -= 1
            while last < prose[-1] and units[last + 1].end - units[first].start <= LONGEST_QUOTE:
                leans = _LEANS_BACK.match(units[last + 1].text)
                if not leans and worth[last + 1] < worth[best] / 3:
                    break
                last += 1
        chosen = list(range(first, last + 1))
        if units[last].text.endswith(":"):
            chosen += _enumerated(units, last + 1)
        return chosen

    def _list(self, units: list[Unit], worth: list[float], best: int) -> list[int]:
        items = _run(units, best, "item")
        size = units[items[-1]].end - units[items[0]].start
        if len(items) > MOST_ITEMS or size > LONGEST_LIST:
            items = [i for i in items if worth[i] >= worth[best] * 0.7][:MOST_ROWS]
        return [*_introduction(units, _run(units, best, "item")[0]), *items]

    def _rows(self, units: list[Unit], worth: list[float], best: int) -> list[int]:
        rows = _run(units, best, units[best].kind)
        head = rows[:2] if units[best].kind == "cells" else []
        fitting = [i for i in rows if i not in head and worth[i] >= worth[best] * 0.95]
        return [*head, *fitting[:MOST_ROWS]]

    def _terms(self, text: str) -> set[str]:
        return {
            stem(word, language)
            for group in surface_words(text)
            for word in group
            for language in self._languages
        }

    def _credits(self, terms: set[str], full: float, text: str = "") -> dict[int, float]:
        """Return how well some terms stand for each of the concepts that they stand for."""
        credits: dict[int, float] = {}
        for number, concept in enumerate(self._query.concepts):
            weights = [weight for term, weight in concept.terms.items() if term in terms]
            if weights:
                credits[number] = full * max(map(_credit, weights))
            elif is_price(concept.word) and has_money(text):
                credits[number] = full
        return credits

    def _worth(self, credits: dict[int, float]) -> float:
        concepts = self._query.concepts
        return sum(
            credit * concepts[number].weight * concepts[number].rarity
            for number, credit in credits.items()
        )

    def _fitting(self, unit: Unit) -> float:
        """Return what it adds that a unit has the form and the very words of the question."""
        words = {group[0] for group in surface_words(unit.text)}
        concepts = self._query.concepts
        literal = sum(concept.word in words for concept in concepts) / (len(concepts) or 1)
        fit = LITERAL * literal
        if self._wants_number and any(map(str.isdigit, unit.text)):
            fit += WITH_NUMBER
        if self._wants_list and unit.text.endswith(":"):
            fit += INTRODUCTION
        if self._wants_definition and self._credits(self._terms(defined_in(unit.text)), 1.0):
            fit += DEFINITION
        return fit


def _credit(weight: float) -> float:
    """Return how much a term proves that its concept is meant; it ranks by less."""
    if weight == SYNONYM:
        return BY_SYNONYM
    return 1.0 if weight >= JOINED else weight


def _keep_best(credits: dict[int, float], others: dict[int, float], *, share: float = 1.0) -> None:
    for number, credit in others.items():
        credits[number] = max(credit * share, credits.get(number, 0.0))


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


def _enumerated(units: list[Unit], at: int) -> list[int]:
    """Return the list, rows or code that a colon leads to."""
    if at >= len(units) or units[at].kind == "sentence":
        return []
    return _run(units, at, units[at].kind)[:MOST_ITEMS]


def _parts(text: str, units: Iterable[Unit]) -> list[Part]:
    """Return the parts of a quote; sentences that follow each other are one."""
    parts: list[Part] = []
    last: Unit | None = None
    for unit in units:
        if last and _goes_on(text, last, unit):
            parts[-1] = replace(parts[-1], end=unit.end)
        else:
            between = "" if last is None else "\n" if unit.kind == last.kind else "\n\n"
            part = _part(unit)
            parts.append(replace(part, before=between + part.before))
        last = unit
    return parts


def _part(unit: Unit) -> Part:
    if unit.kind == "row":
        return Part(unit.start, unit.end, "- ")
    if unit.kind == "item" and (bullet := _BULLET.match(unit.text)):
        return Part(unit.start + bullet.end(), unit.end, "- ")
    if unit.kind == "code" and not unit.text.startswith("```"):
        return Part(unit.start, unit.end, "```\n", "\n```")
    return Part(unit.start, unit.end)


def _goes_on(text: str, last: Unit, unit: Unit) -> bool:
    """Tell whether two sentences follow each other in one paragraph."""
    prose = unit.kind == last.kind == "sentence" and unit.block == last.block
    return prose and not text[last.end : unit.start].strip()
