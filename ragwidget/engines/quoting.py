"""Which words of a passage answer: a stretch that can be read on its own, quoted as it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ragwidget.engines.intent import (
    announces,
    defined_in,
    gives_number,
    has_money,
    instructs,
    is_price,
    wants_definition,
    wants_list,
    wants_number,
    wants_sentence,
    wants_steps,
)
from ragwidget.engines.parts import Part, parts_of
from ragwidget.engines.query import ASKING, JOINED, MISTAKEN, SYNONYM, Query
from ragwidget.engines.ranking import Found
from ragwidget.engines.sections import Section, paragraphs, sections_of
from ragwidget.engines.sentences import Unit, units_of
from ragwidget.engines.shelf import Passage
from ragwidget.engines.words import stem, surface_words, terms_of

SHORT_PARAGRAPH = 140  # characters up to which a paragraph is quoted whole for one sentence of it
WHOLE_PARAGRAPH = 300  # … and where more than a sentence is asked for
WHOLE_IN_DIGEST = 400
LONGEST_QUOTE = 420
LONGEST_STEPS = 640
ENOUGH_TOLD = 200  # characters after which a section's next paragraph must go on with the last
LONGEST_LIST = 900
LONGEST_CODE = 500
MOST_ITEMS = 12
MOST_ROWS = 6

TITLED = 0.7  # how well a heading must be the question for its section to be the answer
TITLED_BY_SYNONYM = 0.5
BY_HEADING = 0.85  # what it counts that a concept stands in the heading over a quote
ELSEWHERE = 0.4  # … or elsewhere in its passage
OWN = 0.35  # how much more a unit is worth that says it itself
BY_SYNONYM = 0.8
BESIDE = {"sentence": 0.8, "item": 0.6, "row": 0.5, "cells": 0.5, "code": 0.5, "label": 0.5}
# … or in another sentence, item or row of the same quote
CODE, LONG_CODE = 0.6, 0.3
ONLY_ASKING = 0.29  # a question of words that only ask is hardly ever answered
ONLY_PARTS = 0.5  # … nor is one of which a passage has only parts of words
FORM = {"row": -0.25, "cells": -0.25, "code": -0.3}  # people would rather be told in sentences
WITH_NUMBER = 0.15
DEFINITION = 1.0
INTRODUCTION = 0.3
INSTRUCTION = 0.3
LITERAL = 0.15  # a word as it was asked tells a little more than its stem
LEANING = -0.2  # what it takes away that a quote begins with what nobody has said
PHRASE = 0.15  # … and two in a row, be they small ("sign up", "log in")

_LEANS_BACK = re.compile(
    r"(?:it|its|this|that|these|those|they|them|their|he|she|his|her|such|however|therefore|thus"
    r"|then|also|but|and|or|so|otherwise|instead|again|both|neither|after(?:wards)?,"
    r"|(?:after|before|in|for|at|with|without|on|by) (?:that|this|these|those|it)"
    r"|[a-z]+ (?:it|them|this|these|those)\b(?! (?:is|are|was|were))"
    r"|es|dies\w*|sie|er|dann|daher|jedoch|außerdem|dabei|danach|auch|il|elle|ils|cela|ce|cette|ces"
    r"|cependant|ensuite|puis|aussi|ello|esto|esta|sin embargo|luego|también|poi|inoltre|depois)\b",
    re.IGNORECASE,
)

_MARKUP = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Quote:
    """A stretch of a passage.

    `fit` is how well it has the form of an answer to the question, `told` whether in sentences.
    """

    passage: Passage
    parts: tuple[Part, ...]
    evidence: float
    score: float
    covers: frozenset[int]
    fit: float = 0.0
    told: bool = True

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
        self._question = question
        self._wants_number = wants_number(question)
        self._wants_list = wants_list(question)
        self._wants_definition = wants_definition(question)
        self._wants_steps = wants_steps(question)
        self._wants_sentence = not digest and wants_sentence(question)
        self._whole = (
            WHOLE_IN_DIGEST
            if digest
            else SHORT_PARAGRAPH
            if self._wants_sentence or self._wants_definition
            else WHOLE_PARAGRAPH
        )
        self._phrases = _pairs(question)

    def quote(self, found: Found) -> Quote | None:
        """Return the best stretch of a passage, or nothing if the passage has no words."""
        passage = found.passage
        units = units_of(passage.text)
        if not units:
            return None
        sections = list(sections_of(passage.heading, units)) or [Section("", 0, len(units))]
        own = [self._credits(self._terms(unit.text), 1.0, unit.text) for unit in units]
        best, worth, section, title = self._best(units, own, sections)
        titled = self._titled(section.title, title)
        chosen = self._stretch(units, worth, best, section, titled=titled >= TITLED)
        within: dict[int, float] = {}
        for i in chosen:
            apart = i != best and units[i].kind == units[best].kind
            _keep_best(within, own[i], share=BESIDE[units[i].kind] if apart else _share(units[i]))
        _keep_best(within, title)
        covers = frozenset(within)
        over = {*passage.title_terms, *passage.heading_terms}
        _keep_best(within, self._credits(over, 1.0 if passage.kind == "qa" else BY_HEADING))
        _keep_best(within, dict.fromkeys(found.concepts, ELSEWHERE))
        kind = units[best].kind
        form = 0.0 if kind == "code" and self._wants_steps else FORM.get(kind, 0.0)
        if _LEANS_BACK.match(units[chosen[0]].text):
            form += LEANING
        return Quote(
            passage,
            parts_of(passage.text, [units[i] for i in chosen]),
            self._evidence(within, titled=titled >= TITLED),
            found.score,
            covers,
            self._fitting(units[best]) + titled + form,
            kind not in FORM,
        )

    def _best(
        self, units: list[Unit], own: list[dict[int, float]], sections: list[Section]
    ) -> tuple[int, list[float], Section, dict[int, float]]:
        """Return the best unit, what all are worth, and the best one's section and its credits."""
        worth = [
            self._worth(credits) * _share(unit) + self._fitting(unit) * self._query.weight
            for unit, credits in zip(units, own, strict=True)
        ]
        ranked = []
        titles = [self._credits(self._terms(section.title), BY_HEADING) for section in sections]
        for number, (section, title) in enumerate(zip(sections, titles, strict=True)):
            for i in range(section.first, section.last):
                together = dict(title)
                _keep_best(together, own[i])
                told = self._worth(together) * _share(units[i]) + OWN * worth[i]
                ranked.append((told, -i, number))
        _, place, number = max(ranked)
        return -place, worth, sections[number], titles[number]

    def _titled(self, title: str, credits: dict[int, float]) -> float:
        """Return how well a heading is the question, all of it and nothing else; 0 if it isn't."""
        terms = {term for language in self._languages[:1] for term in terms_of(title, language)}
        meant = {term for concept in self._query.concepts for term in concept.terms}
        if not terms:
            return 0.0
        full = {i: 1.0 if credit == BY_HEADING else TITLED_BY_SYNONYM for i, credit in credits.items()}
        if 1.0 not in full.values():
            return 0.0
        return self._evidence(full) * len(terms & meant) / len(terms)

    def _evidence(self, within: dict[int, float], *, titled: bool = True) -> float:
        concepts = self._query.concepts
        if not self._query.needed:
            return 0.0
        proved = sum(
            credit * concepts[number].needed * concepts[number].rarity
            for number, credit in within.items()
        )
        evidence = proved / self._query.needed
        telling = [i for i, concept in enumerate(concepts) if concept.weight >= MISTAKEN]
        if not telling and not titled and any(concept.weight == ASKING for concept in concepts):
            return evidence * ONLY_ASKING
        if telling and max(within.get(i, 0.0) for i in telling) < MISTAKEN:
            return evidence * ONLY_PARTS
        return evidence

    def _stretch(
        self, units: list[Unit], worth: list[float], best: int, section: Section, *, titled: bool
    ) -> list[int]:
        """Return the units around the best one that make it readable on its own."""
        if titled and not self._wants_sentence:
            opening = self._opening(units, section)
            if max(worth[i] for i in opening) * 1.3 >= worth[best]:
                return opening
        kind = units[best].kind
        if kind == "item":
            return self._list(units, worth, best)
        if kind in ("row", "cells"):
            return self._rows(units, worth, best)
        if kind in ("code", "label"):
            return [*_introduction(units, best), best]
        prose = _run(units, best, "sentence")
        size = units[prose[-1]].end - units[prose[0]].start
        if size <= self._whole:
            first, last = prose[0], prose[-1]
            while size > SHORT_PARAGRAPH and first < best and worth[first] < worth[best] / 3:
                first += 1
        else:
            near = 0.7 if self._wants_sentence or self._wants_definition else 0.33
            first = last = best
            steps = self._wants_steps and instructs(units[best].text)
            while last < prose[-1] and units[last + 1].end - units[first].start <= LONGEST_QUOTE:
                leans = _LEANS_BACK.match(units[last + 1].text)
                if not leans and not steps and worth[last + 1] < worth[best] * near:
                    break
                last += 1
        while first > section.first and _LEANS_BACK.match(units[first].text):
            if units[first - 1].kind != "sentence" or units[first - 1].text[-1] not in ".!?…":
                break
            first -= 1
        chosen = list(range(first, last + 1))
        if units[last].text.endswith(":") or (self._wants_list and announces(units[last].text)):
            chosen += _enumerated(units, last + 1, section)
        return chosen

    def _opening(self, units: list[Unit], section: Section) -> list[int]:
        """Return how a section begins, paragraph by paragraph."""
        room = LONGEST_STEPS if self._wants_steps else LONGEST_QUOTE
        chosen: list[int] = []
        for paragraph in paragraphs(units, section):
            size = units[paragraph[-1]].end - units[section.first].start
            first = units[paragraph[0]]
            listed = chosen and first.kind == units[chosen[-1]].kind == "item"
            if chosen and not listed and not announces(units[chosen[-1]].text):
                goes_on = _LEANS_BACK.match(first.text) or self._wants_steps
                told = units[chosen[-1]].end - units[section.first].start
                if size > room or (told >= ENOUGH_TOLD and not goes_on):
                    break
                if first.kind in FORM and not self._wants_steps:
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
        if self._phrases:
            fit += PHRASE * len(self._phrases & _pairs(unit.text)) / len(self._phrases)
        if self._wants_steps and instructs(unit.text):
            fit += INSTRUCTION
        if self._wants_number and gives_number(self._question, unit.text):
            fit += WITH_NUMBER
        if self._wants_list and announces(unit.text):
            fit += INTRODUCTION
        if self._wants_definition and self._credits(self._terms(defined_in(unit.text, unit.kind)), 1.0):
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


def _enumerated(units: list[Unit], at: int, section: Section) -> list[int]:
    """Return the list, rows or code that a sentence leads to; the items may stand apart."""
    last = at
    while last < section.last and units[last].kind == units[at].kind != "sentence":
        last += 1
    return list(range(at, min(last, at + MOST_ITEMS)))


def _share(unit: Unit) -> float:
    """Return how much it counts what stands in a unit."""
    if unit.kind != "code" and not _MARKUP.search(unit.text):
        return 1.0
    return CODE if len(unit.text) <= LONGEST_CODE else LONG_CODE


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return the words of a text in pairs as they follow each other."""
    words = [group[0] for group in surface_words(text)]
    return set(pairwise(words))
