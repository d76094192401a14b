"""A question as what it is about: concepts, each with the terms that may stand for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

from rapidfuzz.distance import OSA

from ragwidget.engines.languages import asking_words, small_words
from ragwidget.engines.local.shelf import Holdings, Reader
from ragwidget.engines.local.synonyms import synonyms_of
from ragwidget.engines.words import language_of, names_in, stem, subjects, surface_words

SYNONYM = 0.3
MISSPELT = 0.8
SHARE = 0.6  # what each word of a name weighs of the abbreviation that was asked
MISTAKEN = 0.5
JOINED = 0.9
PART = 0.35
ASKING = 0.35  # what a word weighs that asks rather than says what is asked about
NAMED = 1.4  # … and a name
EARLIER = 0.4  # how much an answer needs what was meant earlier, if the question says something
MOST_CONCEPTS = 24  # of a long question those that tell most are enough
MOST_MENDED = 8
LONGEST_NAME = 5  # words

_NUMBERED = re.compile(r"v?\d{1,3}")


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
    _mend_spelling(query, reader)
    for concept in query.concepts:
        own = [
            query.frequencies[term]
            for term, weight in concept.terms.items()
            if weight >= MISTAKEN and term in query.frequencies
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
    groups = list(surface_words(question))
    meant = [group for group in groups if not small.issuperset(group)] or groups
    names = names_in(question)
    seen: dict[str, Concept] = {}
    for group in meant:
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


def _mend_spelling(query: Query, reader: Reader) -> None:
    """Give words that the shelf doesn't know the words they were perhaps meant to be."""
    unknown = [
        concept
        for concept in query.concepts
        if not any(term in query.frequencies for term in concept.terms)
    ]
    for concept in unknown[:MOST_MENDED]:
        term = next(iter(concept.terms))
        if editions := _editions(term, reader):
            concept.terms |= dict.fromkeys(editions, JOINED)
            query.frequencies |= editions
            continue
        nearest = _nearest(concept.word, term, reader) or _halves(concept.word, reader)
        for other, frequency in nearest.items():
            concept.terms[other] = MISTAKEN if _substituted(term, other) else MISSPELT
            query.frequencies[other] = frequency


def _nearest(word: str, term: str, reader: Reader) -> dict[str, int]:
    """Return the term of the shelf that this one is a slip of, if there is one."""
    slips = 0 if len(term) < 4 or any(map(str.isdigit, term)) else 1 if len(term) < 8 else 2
    if not slips:
        return {}
    near = reader.similar(term[:2], len(term) - slips, len(term) + slips)
    near |= reader.similar(term[0] + term[2:3], len(term) - slips, len(term) + slips)
    # A slip may hide the ending from the stemmer: "boking" is a slip of "book" and "ing".
    endings = ("", word[-1:], word[-2:], word[-3:])
    ranked = sorted(
        (
            min(
                OSA.distance(term, other),
                *(OSA.distance(word, other + ending) for ending in endings),
            ),
            -frequency,
            other,
        )
        for other, frequency in near.items()
    )
    return {other: near[other] for distance, _, other in ranked[:1] if distance <= slips}


def _editions(term: str, reader: Reader) -> dict[str, int]:
    """Return the terms that are this one with a number, as "IPv4" is to "ip"."""
    near = reader.similar(term, len(term) + 1, len(term) + 4)
    return {other: near[other] for other in near if _NUMBERED.fullmatch(other[len(term) :])}


def _substituted(term: str, other: str) -> bool:
    """Tell whether letters were exchanged for others: then it is likelier another word.

    >>> _substituted("bread", "break"), _substituted("refnd", "refund")
    (True, False)
    """
    return len(term) == len(other) and sorted(term) != sorted(other)


def _halves(word: str, reader: Reader) -> dict[str, int]:
    """Return the two terms of the shelf that this word is made of, if it is."""
    cuts = [
        (stem(word[:i], language), stem(word[i:], language))
        for i in range(3, len(word) - 2)
        for language in reader.holdings.languages
    ]
    known = reader.frequencies([half for cut in cuts for half in cut]) if cuts else {}
    for cut in cuts:
        if all(half in known for half in cut):
            return {half: known[half] for half in cut}
    return {}


def _terms(concepts: Iterable[Concept]) -> list[str]:
    return sorted({term for concept in concepts for term in concept.terms})
