"""Which words of the shelf are meant by one that the shelf doesn't know."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ragwidget.engines.local.shelf import Reader
from ragwidget.engines.words import stem

MISSPELT = 0.8  # what a word weighs that was perhaps meant
MISTAKEN = 0.5  # … and one with another letter, which is likelier another word
SHORT = 4  # letters of a word that is another word with one letter more or less

_LONG = "baborort"  # no word of any language, so that only what follows it is an ending
_NUMBERED = re.compile(r"v?\d{1,3}")


def meant_by(word: str, term: str, reader: Reader) -> dict[str, tuple[float, int]]:
    """Return the terms that a word with this stem may mean, each with its weight and frequency."""
    return _nearest(word, term, reader) or _halves(word, reader)


def editions_of(term: str, reader: Reader) -> dict[str, int]:
    """Return the terms that are this one with a number, as "IPv4" is to "ip"."""
    near = reader.similar(term, len(term) + 1, len(term) + 4)
    return {other: near[other] for other in near if _NUMBERED.fullmatch(other[len(term) :])}


def _nearest(word: str, term: str, reader: Reader) -> dict[str, tuple[float, int]]:
    """Return the term of the shelf that this one is a slip of, if there is one."""
    slips = 0 if len(term) < 4 or any(map(str.isdigit, term)) else 1 if len(term) < 8 else 2
    if not slips:
        return {}
    near = reader.similar(term[:2], len(term) - slips, len(term) + slips)
    near |= reader.similar(term[:1], len(term) - slips, len(term) + slips)
    forms = {_ending_of(word, reader.holdings.languages): word, "": term}
    ranked = sorted(
        (
            distance,
            _substituted(slip, meant),
            -near[meant.removesuffix(end)],
            meant.removesuffix(end),
        )
        for end, slip in forms.items()
        for meant, distance, _ in process.extract(
            slip,
            [other + end for other in near],
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=None,
        )
        if _is_slip(slip, meant)
    )
    return {
        other: (MISTAKEN if substituted else MISSPELT, near[other])
        for _, substituted, _, other in ranked[:1]
    }


def _ending_of(word: str, languages: Sequence[str]) -> str:
    """Return the ending of a word that a slip may have hidden from the stemmer, if it has one.

    "boking" is a slip of "book" and "ing", but "saturday" is none of "satur" and "day".

    >>> _ending_of("boking", ["english"]), _ending_of("saturday", ["english"])
    ('ing', '')
    """
    endings = (word[-length:] for length in (1, 2, 3))
    taken_off = (
        ending for ending in endings if any(_is_ending(ending, language) for language in languages)
    )
    return next(taken_off, "")


@lru_cache(maxsize=10_000)
def _is_ending(ending: str, language: str) -> bool:
    """Tell whether the stemmer takes this off a word that is long enough."""
    return stem(_LONG + ending, language) == stem(_LONG, language)


def _is_slip(slip: str, meant: str) -> bool:
    """Tell whether a word may be a slip of another: most that are short are words of their own.

    >>> _is_slip("joke", "joe"), _is_slip("szie", "size"), _is_slip("pdfs", "pdf")
    (False, True, True)
    """
    short = min(len(slip), len(meant)) <= SHORT
    return not short or sorted(slip) == sorted(meant) or slip == meant + "s"


def _substituted(term: str, other: str) -> bool:
    """Tell whether letters were exchanged for others: then it is likelier another word.

    >>> _substituted("bread", "break"), _substituted("refnd", "refund")
    (True, False)
    """
    return len(term) == len(other) and sorted(term) != sorted(other)


def _halves(word: str, reader: Reader) -> dict[str, tuple[float, int]]:
    """Return the two terms of the shelf that this word is made of, if it is."""
    cuts = [
        (stem(word[:i], language), stem(word[i:], language))
        for i in range(3, len(word) - 2)
        for language in reader.holdings.languages
    ]
    known = reader.frequencies([half for cut in cuts for half in cut]) if cuts else {}
    for cut in cuts:
        if all(half in known for half in cut):
            return {half: (MISSPELT, known[half]) for half in cut}
    return {}
