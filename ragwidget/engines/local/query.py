"""A question as what it is about: concepts, each with the terms that may stand for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

from ragwidget.engines.languages import asking_words, small_words
from ragwidget.engines.local.shelf import Holdings, Reader
from ragwidget.engines.local.spelling import MISTAKEN, editions_of, meant_by
from ragwidget.engines.local.synonyms import synonyms_of
from ragwidget.engines.words import asked_words, language_of, names_in, stem, subjects

SYNONYM = 0.3
SHARE = 0.6  # what each word of a name weighs of the abbreviation that was asked
JOINED = 0.9
PART = 0.35
ASKING = 0.35  # what a word weighs that asks rather than says what is asked about
NAMED = 1.4  # … and a name
EARLIER = 0.4  # how much an answer needs what was meant earlier, if the question says something
MOST_CONCEPTS = 24  # of a long question those that tell most are enough
MOST_MENDED = 8
LONGEST_NAME = 5  # words


@dataclass(slots=True)
class Concept:
    """One thing a question is about.

    `terms` are those that may stand for it and how well, `rarity` is how much it tells, and
    `weight` how much it was meant (less when it comes from earlier in the conversation), `needed`
    how much an answer needs it.
    """

    word: str
    terms: dict[str, float]
    weight: float = 1.0
    needed: float = 1.0
    rarity: float = 0.0


@dataclass(slots=True)
class Query:
    """What to look for."""

    concepts: list[Concept] = field(default_factory=list)
    frequencies: dict[str, int] = field(default_factory=dict)
    passages: int = 0

    def rarity(self, term: str) -> float:
        """Return how much it tells that a passage holds this term."""
        return rarity(self.frequencies.get(term, 0), self.passages)

    @property
    def needed(self) -> float:
        """Return what an answer must be worth to cover everything."""
        return sum(concept.needed * concept.rarity for concept in self.concepts)

    @property
    def weight(self) -> float:
        """Return what it would be worth to cover everything."""
        return sum(concept.weight * concept.rarity for concept in self.concepts)


def rarity(frequency: int, passages: int) -> float:
    """Return the inverse document frequency of a term in this chatbot's own passages."""
    return log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def understand(question: str, reader: Reader, earlier: Sequence[tuple[str, float]] = ()) -> Query:
    """Find out what a question is about, in the words of this shelf.

    `earlier` are words of the conversation that the question leans on, each with its weight.
    """
    holdings = reader.holdings
    concepts = [] if earlier and not subjects(question) else _concepts(question, holdings)
    aside = EARLIER if concepts else 1.0
    said = {concept.word for concept in concepts}
    for word, weight in earlier:
        concepts += [
            Concept(concept.word, concept.terms, weight, weight * aside)
            for concept in _concepts(word, holdings)
            if concept.word not in said
        ]
    concepts = _named_otherwise(concepts, reader)
    query = Query(concepts, {}, holdings.passages)
    joined = _joined(query, holdings)
    _add_synonyms(query)
    query.frequencies.update(reader.frequencies([*_terms(query.concepts), *joined]))
    for term, pair in joined.items():
        for concept in pair:
            concept.terms.setdefault(term, JOINED)
    _leave_out_seams(query)
    _mend_spelling(query, reader)
    for concept in query.concepts:
        own = [
            query.frequencies[term]
            for term, weight in concept.terms.items()
            if weight > MISTAKEN and term in query.frequencies
        ]
        concept.rarity = rarity(max(own, default=1), query.passages)
        concept.terms = {
            term: weight for term, weight in concept.terms.items() if term in query.frequencies
        }
    telling = sorted(query.concepts, key=lambda concept: concept.weight * concept.rarity)
    for concept in telling[:-MOST_CONCEPTS]:
        query.concepts.remove(concept)
    return query


def _concepts(question: str, holdings: Holdings) -> list[Concept]:
    """Return a concept for each word that carries a subject, or for all when none does."""
    languages = holdings.languages or ("english",)
    language = language_of(question, languages[0])
    small, asking = small_words(language), asking_words(language)
    names = names_in(question)
    seen: dict[str, Concept] = {}
    for group in asked_words(question, language):
        terms = {stem(group[0], language): 1.0 for language in languages}
        for part in group[1:]:
            for language in languages:
                if part not in small:
                    terms.setdefault(stem(part, language), PART)
        weight = ASKING if group[0] in asking else NAMED if group[0] in names else 1.0
        seen.setdefault(next(iter(terms)), Concept(group[0], terms, weight, weight))
    for concept in seen.values():
        # That "PayPal" begins with "pay" proves nothing to one who asks how to pay.
        for term in [term for term, weight in concept.terms.items() if weight == PART]:
            if term in seen:
                del concept.terms[term]
    return list(seen.values())


def _named_otherwise(concepts: list[Concept], reader: Reader) -> list[Concept]:
    """Let names stand for one another that the sources say are the same ("SLA")."""
    terms = [next(iter(concept.terms)) for concept in concepts]
    places = {
        " ".join(terms[first:last]): (first, last)
        for first in range(len(terms))
        for last in range(first + 1, min(first + LONGEST_NAME, len(terms)) + 1)
    }
    asked = list(concepts)
    for phrase, meaning in reader.aliases(list(places)).items():
        first, last = places[phrase]
        named, others = asked[first:last], meaning.split()
        if len(named) > 1 or len(others) == 1:
            for concept in named:
                concept.terms |= dict.fromkeys(others, JOINED)
            continue
        abbreviated = named[0]
        spelled_out = [
            Concept(
                abbreviated.word,
                {terms[first]: 1.0, other: JOINED},
                abbreviated.weight * SHARE,
                abbreviated.needed * SHARE,
            )
            for other in others
        ]
        concepts = [
            other
            for concept in concepts
            for other in (spelled_out if concept is abbreviated else [concept])
        ]
    return concepts


def _joined(query: Query, holdings: Holdings) -> dict[str, tuple[Concept, Concept]]:
    """Return the words that two may stand for when they are written together ("time zone")."""
    return {
        stem(first.word + second.word, language): (first, second)
        for first, second in pairwise(query.concepts)
        for language in holdings.languages
    }


def _add_synonyms(query: Query) -> None:
    for concept in query.concepts:
        for term in [term for term, weight in concept.terms.items() if weight == 1.0]:
            for other in synonyms_of(term):
                concept.terms.setdefault(other, SYNONYM)


def _leave_out_seams(query: Query) -> None:
    """Leave out pairs that are half of one word and half of the next, where no spaces are written.

    They are those that the shelf doesn't know beside one that it knows.
    """
    known = [any(term in query.frequencies for term in one.terms) for one in query.concepts]
    paired = [len(one.word) == 2 and one.word[0] >= "\u3000" for one in query.concepts]
    seams = {
        seam
        for i in range(len(known) - 1)
        if paired[i]
        and paired[i + 1]
        and query.concepts[i].word[1] == query.concepts[i + 1].word[0]
        for seam, beside in ((i, i + 1), (i + 1, i))
        if known[beside] and not known[seam]
    }
    query.concepts = [one for i, one in enumerate(query.concepts) if i not in seams]


def _mend_spelling(query: Query, reader: Reader) -> None:
    """Give words that the shelf doesn't know the words they were perhaps meant to be."""
    unknown = [
        concept
        for concept in query.concepts
        if not any(term in query.frequencies for term in concept.terms)
    ]
    for concept in unknown[:MOST_MENDED]:
        term = next(iter(concept.terms))
        if editions := editions_of(term, reader):
            concept.terms |= dict.fromkeys(editions, JOINED)
            query.frequencies |= editions
            continue
        for other, (weight, frequency) in meant_by(concept.word, term, reader).items():
            concept.terms[other] = weight
            query.frequencies[other] = frequency


def _terms(concepts: Iterable[Concept]) -> list[str]:
    return sorted({term for concept in concepts for term in concept.terms})
