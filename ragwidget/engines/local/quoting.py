"""Which words of a passage answer: a stretch that can be read on its own, quoted as it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import exp

from ragwidget.engines.local.intent import (
    Wish,
    announces,
    defined_in,
    gives_number,
    has_money,
    instructs,
    is_price,
)
from ragwidget.engines.local.parts import Part, parts_of
from ragwidget.engines.local.query import ASKING, JOINED, SYNONYM, Concept, Query
from ragwidget.engines.local.ranking import Found
from ragwidget.engines.local.sections import Section, sections_of
from ragwidget.engines.local.sentences import Unit, units_of
from ragwidget.engines.local.shelf import Passage
from ragwidget.engines.local.spelling import MISTAKEN
from ragwidget.engines.local.stretches import leans, stretch
from ragwidget.engines.words import stem, surface_words, terms_of

LONGEST_CODE = 500
TITLED = 0.7  # how well a heading must be the question for its section to be the answer
TITLED_BY_SYNONYM = 0.5
BY_HEADING = 0.85  # what it counts that a concept stands in the heading over a quote
ELSEWHERE = 0.4  # … or elsewhere in its passage
OWN = 0.35  # how much more a unit is worth that says it itself
BY_SYNONYM = 0.8
BESIDE = {"sentence": 0.8, "item": 0.6, "row": 0.5, "cells": 0.5, "code": 0.5, "label": 0.5}
# … or in another sentence, item or row of the same quote
CODE, CODE_AS_STEPS, LONG_CODE = 0.6, 0.9, 0.3
ONLY_ASKING = 0.29  # a question of words that only ask is hardly ever answered
ONLY_PARTS = 0.5  # … nor is one of which a passage has only parts of words
ONLY_CHANCE = 0.5  # … nor one whose words so MANY passages hold, or so OFTEN, that one had to
MANY = 5
OFTEN = 0.05
FORM = {"row": -0.4, "cells": -0.4, "code": -0.4}  # people would rather be told in sentences
WITH_NUMBER = 0.3
DEFINITION = 1.5
INTRODUCTION = 0.3
INSTRUCTION = 0.3
LITERAL = 0.15  # a word as it was asked tells a little more than its stem
LEANING = -0.2  # what it takes away that a quote begins with what nobody has said
PHRASE = 0.15  # … and two in a row, be they small ("sign up", "log in")

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
        self._wish = Wish.of(question, digest=digest)
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
        chosen = stretch(units, worth, best, section, self._wish, titled=titled >= TITLED)
        within: dict[int, float] = {}
        for i in chosen:
            apart = i != best and units[i].kind == units[best].kind
            _keep_best(
                within, own[i], share=BESIDE[units[i].kind] if apart else self._share(units[i])
            )
        _keep_best(within, title)
        covers = frozenset(within)
        by_chance = self._is_chance(within) and not self._is_about(title, passage, units[best])
        over = {*passage.title_terms, *passage.heading_terms}
        _keep_best(within, self._credits(over, 1.0 if passage.kind == "qa" else BY_HEADING))
        _keep_best(within, dict.fromkeys(found.concepts, ELSEWHERE))
        fit = self._fitting(units[best]) + titled + self._form(units[best])
        if leans(units[chosen[0]].text):
            fit += LEANING
        meant = titled >= TITLED or self._repeats(units[best].text) > 0
        evidence = self._evidence(within, meant=meant)
        if by_chance:
            evidence *= ONLY_CHANCE
        return Quote(
            passage,
            parts_of(passage.text, [units[i] for i in chosen]),
            evidence,
            found.score,
            covers,
            fit,
            units[best].kind not in FORM,
        )

    def _best(
        self, units: list[Unit], own: list[dict[int, float]], sections: list[Section]
    ) -> tuple[int, list[float], Section, dict[int, float]]:
        """Return the best unit, what all are worth, and the best one's section and its credits."""
        said = [
            self._worth(credits) * self._share(unit)
            for unit, credits in zip(units, own, strict=True)
        ]
        fits = [self._fitting(unit) * self._query.weight for unit in units]
        ranked = []
        titles = [self._credits(self._terms(section.title), BY_HEADING) for section in sections]
        for number, (section, title) in enumerate(zip(sections, titles, strict=True)):
            for i in range(section.first, section.last):
                together = dict(title)
                _keep_best(together, own[i])
                told = self._worth(together) * self._share(units[i]) + OWN * said[i]
                ranked.append((told + fits[i], -i, number))
        _, place, number = max(ranked)
        worth = [of_words + fit for of_words, fit in zip(said, fits, strict=True)]
        return -place, worth, sections[number], titles[number]

    def _titled(self, title: str, credits: dict[int, float]) -> float:
        """Return how well a heading is the question, all of it and nothing else; 0 if it isn't."""
        terms = {term for language in self._languages[:1] for term in terms_of(title, language)}
        meant = {term for concept in self._query.concepts for term in concept.terms}
        if not terms:
            return 0.0
        full = {
            i: 1.0 if credit == BY_HEADING else TITLED_BY_SYNONYM for i, credit in credits.items()
        }
        if 1.0 not in full.values():
            return 0.0
        return self._evidence(full) * len(terms & meant) / len(terms)

    def _evidence(self, within: dict[int, float], *, meant: bool = True) -> float:
        """Return how much of what the question needs is there.

        Words that only ask prove something where they are `meant`: said in the same order.
        """
        concepts = self._query.concepts
        if not self._query.needed:
            return 0.0
        proved = sum(
            credit * concepts[number].needed * concepts[number].rarity
            for number, credit in within.items()
        )
        evidence = proved / self._query.needed
        telling = [i for i, concept in enumerate(concepts) if concept.weight >= MISTAKEN]
        if not telling and not meant and any(concept.weight == ASKING for concept in concepts):
            return evidence * ONLY_ASKING
        if telling and max(within.get(i, 0.0) for i in telling) < MISTAKEN:
            return evidence * ONLY_PARTS
        return evidence

    def _is_chance(self, within: dict[int, float]) -> bool:
        """Tell whether many passages would hold as much of the question by chance alone."""
        if not self._telling(dict.fromkeys(range(len(self._query.concepts)), 1.0)):
            return False
        told = sum(self._query.concepts[number].rarity for number in self._telling(within))
        passages = self._query.passages
        return passages * exp(-told) > max(MANY, OFTEN * passages)

    def _is_about(self, title: dict[int, float], passage: Passage, best: Unit) -> bool:
        """Tell whether a heading says what was asked for, or the best unit is named after it."""
        over = self._credits({*passage.title_terms, *passage.heading_terms}, 1.0)
        if self._telling(title | over):
            return True
        if not (self._wish.definition or self._wish.steps):
            return False
        return bool(
            self._telling(self._credits(self._terms(defined_in(best.text, best.kind)), 1.0))
        )

    def _telling(self, credits: dict[int, float]) -> list[int]:
        """Return which concepts that say what is asked about are met by more than a part."""
        concepts = self._query.concepts
        return [
            number
            for number, credit in credits.items()
            if credit >= MISTAKEN and concepts[number].weight >= MISTAKEN
        ]

    def _share(self, unit: Unit) -> float:
        """Return how much it counts what stands in a unit: in code less than in sentences."""
        if unit.kind != "code" and not _MARKUP.search(unit.text):
            return 1.0
        if len(unit.text) > LONGEST_CODE:
            return LONG_CODE
        return CODE_AS_STEPS if self._wish.steps else CODE

    def _form(self, unit: Unit) -> float:
        """Return what it takes away that a unit is no sentence, where that isn't wished for."""
        defines = self._wish.definition and self._defining(defined_in(unit.text, unit.kind)) > 0
        wished = self._wish.steps if unit.kind == "code" else unit.kind == "row" and defines
        return 0.0 if wished else FORM.get(unit.kind, 0.0)

    def _repeats(self, text: str) -> float:
        """Return how many of the question's words follow each other in a text as they do there."""
        return len(self._phrases & _pairs(text)) / (len(self._phrases) or 1)

    def _defining(self, words: str) -> float:
        """Return how well what is defined is what was asked for, and nothing else."""
        groups = [self._terms(group[0]) for group in surface_words(words)]
        meant = {term for concept in self._query.concepts for term in concept.terms}
        told = [group for group in groups if not group.isdisjoint(meant)]
        credits = self._credits({term for group in told for term in group}, 1.0)
        return self._evidence(credits) * len(told) / len(groups) if told else 0.0

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
            proofs = [
                self._proof(term, weight, concept)
                for term, weight in concept.terms.items()
                if term in terms
            ]
            if proofs:
                credits[number] = full * max(proofs)
            elif is_price(concept.word) and has_money(text):
                credits[number] = full
        return credits

    def _proof(self, term: str, weight: float, concept: Concept) -> float:
        """Return how much a term proves that its concept is meant; it ranks by less.

        A synonym that says everything ("work" for "job") says little of this.
        """
        if weight == SYNONYM:
            return BY_SYNONYM * min(1.0, self._query.rarity(term) / concept.rarity)
        return 1.0 if weight >= JOINED else weight

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
        fit += PHRASE * self._repeats(unit.text)
        if self._wish.steps and instructs(unit.text):
            fit += INSTRUCTION
        if self._wish.number and gives_number(self._wish.question, unit.text):
            fit += WITH_NUMBER
        if self._wish.several and announces(unit.text):
            fit += INTRODUCTION
        if self._wish.definition:
            fit += DEFINITION * self._defining(defined_in(unit.text, unit.kind))
        return fit


def _keep_best(credits: dict[int, float], others: dict[int, float], *, share: float = 1.0) -> None:
    for number, credit in others.items():
        credits[number] = max(credit * share, credits.get(number, 0.0))


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return the words of a text in pairs as they follow each other."""
    words = [group[0] for group in surface_words(text)]
    return set(pairwise(words))
