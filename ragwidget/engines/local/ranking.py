"""From a query to the passages that fit it best."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragwidget.engines.local.query import Query
from ragwidget.engines.local.shelf import Passage, Reader

READ = 2000  # passages that a search may look at in the index
RANKED = 64  # passages that are fetched and ranked

SATURATION = 1.2
LENGTH = 0.5
IN_TITLE = 1.5
IN_HEADING = 2.0
NEARNESS = 0.3
COVERAGE = 0.5
WITHIN = 8  # terms between two that stand near each other
ALIKE = 0.8
LOUD = 0.5  # what it adds before ranking that a term is prominent


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its score and the share of the query it covers."""

    passage: Passage
    score: float
    coverage: float
    concepts: frozenset[int]


def search(
    reader: Reader, query: Query, *, source_ids: Sequence[str] = (), limit: int = 10
) -> list[Found]:
    """Return the passages that fit the query best, the best first."""
    numbers = _candidates(reader, query, source_ids)
    wanted = {term for concept in query.concepts for term in concept.terms}
    ranked = [_rate(passage, query, wanted, reader) for passage in reader.fetch(numbers)]
    ranked.sort(key=lambda found: (-found.score, found.passage.id))
    return _distinct(ranked, limit)


def _candidates(reader: Reader, query: Query, source_ids: Sequence[str]) -> list[int]:
    """Return the numbers of the passages that are worth ranking.

    The rarest terms are read first and whole; of what is too common for that, only the passages
    where it is prominent. Within some sources only, nothing is too common.
    """
    worth: dict[str, float] = defaultdict(float)
    for concept in query.concepts:
        for term, weight in concept.terms.items():
            worth[term] = max(worth[term], weight * concept.weight * query.rarity(term))
    rare, common, left = [], [], READ
    for term in sorted(worth, key=lambda term: (query.frequencies[term], term)):
        if source_ids or query.frequencies[term] <= left:
            rare.append(term)
            left -= query.frequencies[term]
        else:
            common.append(term)
    scores: dict[int, float] = defaultdict(float)
    wanted = [(term, False, READ) for term in rare]
    wanted += [(term, True, READ // 4) for term in [*rare, *common]]
    for (term, loud, _), numbers in zip(wanted, reader.holding(wanted, source_ids), strict=True):
        told = worth[term] * (LOUD if loud else 1.0)
        for number in numbers:
            scores[number] += told
    return sorted(scores, key=lambda number: (-scores[number], number))[:RANKED]


def _rate(passage: Passage, query: Query, wanted: set[str], reader: Reader) -> Found:
    """Weigh one passage: how often, where and how near each other the terms stand."""
    title, heading = set(passage.title_terms), set(passage.heading_terms)
    places = {term: _places(passage.terms, term) for term in wanted.intersection(passage.terms)}
    length = 1 - LENGTH + LENGTH * len(passage.terms) / reader.holdings.mean_length
    total = covered = 0.0
    held: dict[int, list[int]] = {}
    for number, concept in enumerate(query.concepts):
        best = 0.0
        for term, weight in concept.terms.items():
            often = len(places.get(term, ())) / length + IN_HEADING * (term in heading)
            often += IN_TITLE * (term in title)
            if often:
                told = min(query.rarity(term), concept.rarity)
                best = max(best, weight * told * often * (1 + SATURATION) / (often + SATURATION))
        if best:
            held[number] = sorted(place for term in concept.terms for place in places.get(term, ()))
            total += best * concept.weight
            covered += concept.rarity * concept.weight
    coverage = covered / query.weight if query.weight else 0.0
    total += NEARNESS * _nearness(held, query)
    total *= 1 - COVERAGE + COVERAGE * coverage
    return Found(passage, total, coverage, frozenset(held))


def _places(terms: Sequence[str], term: str) -> list[int]:
    """Return where a term stands."""
    places = [terms.index(term)]
    for _ in range(terms.count(term) - 1):
        places.append(terms.index(term, places[-1] + 1))
    return places


def _nearness(held: dict[int, list[int]], query: Query) -> float:
    """Return what it adds that neighbours in the question are near each other in the passage."""
    near = 0.0
    for first, second in pairwise(sorted(held)):
        gaps = [abs(a - b) for a in held[first][:8] for b in held[second][:8] if a != b]
        if gaps and (gap := min(gaps)) <= WITHIN:
            told = min(query.concepts[first].rarity, query.concepts[second].rarity)
            near += told * (1 - (gap - 1) / WITHIN)
    return near


def _distinct(ranked: Iterable[Found], limit: int) -> list[Found]:
    """Return the best that do not say the same as a better one."""
    kept: list[Found] = []
    seen: list[set[str]] = []
    for found in ranked:
        terms = set(found.passage.terms)
        if any(len(terms & other) >= ALIKE * len(terms | other) for other in seen):
            continue
        kept.append(found)
        seen.append(terms)
        if len(kept) == limit:
            break
    return kept
