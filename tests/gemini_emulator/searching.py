"""Which passages a question is about: BM25 over stemmed words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from Stemmer import Stemmer

_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75
_STEMMER = Stemmer("english")
_WORD = re.compile(r"[a-z0-9]+")
_SMALL_WORDS = """
    a about after again all also am an and any anything are as at be because been before being
    but by can could did do does doing don each else ever every for from get got had has have he
    her here him his how i if in into is it its just know let long lot ll make many may me might
    more most much must my need no not of off on once one only or other our ours out over own
    please s same shall she should so some something such t take tell than thank thanks that the
    their them then there these they thing things this those to too under until up us use very was
    we well were what when where whether which while who whom whose why will with would yes you
    your yours re ve explain mean say said happen happens

    aber als am an auch auf aus bei bin bis bitte da damit das dass dem den denn der des die dies
    diese diesem diesen dieser dieses du durch ein eine einem einen einer es euch fur gibt hat habe
    haben ich ihr im in ist ja kann konnen man mein mich mir mit muss nach nein nicht noch nur ob
    oder ohne sein sich sie sind so uber um und uns unser von vor wann warum was welche welcher
    welches wenn wer werden wie wieso wir wird wo zu zum zur sehr viel

    au aux avec ce ces cette combien comment dans de des du elle en est et faut il je la le les mais
    mon ne nous on ou par pas pour pourquoi que quel quelle qui sa se ses son sur un une vous

    al como con cual cuando de del donde el ella es esta este la las lo los mas mi no para pero por
    porque que se si sin su sus un una y yo
"""
_SMALL = frozenset(_SMALL_WORDS.split())

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document, with its terms counted."""

    text: str
    page: int | None
    terms: Counter[str]


def terms(text: str) -> Counter[str]:
    """Count the words of a text by stem, without accents and small words.

    >>> sorted(terms("How are the Refunds handled in Köln?"))
    ['handl', 'koln', 'refund']
    """
    return Counter(_stem(word) for word in _WORD.findall(_fold(text)) if word not in _SMALL)


def rank(
    wanted: Counter[str], passages: Iterable[tuple[T, Passage]], most: int
) -> list[tuple[T, Passage]]:
    """Return the passages that share words with what is wanted, the best first.

    A passage that has less than a third of the words is about something else.
    """
    shelf = list(passages)
    if not wanted or not shelf:
        return []
    frequency = {term: sum(term in passage.terms for _, passage in shelf) for term in wanted}
    average = sum(passage.terms.total() for _, passage in shelf) / len(shelf) or 1.0
    scored = []
    for owner, passage in shelf:
        found = [term for term in wanted if term in passage.terms]
        if len(found) * 3 < len(wanted) or not found:
            continue
        length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * passage.terms.total() / average
        score = 0.0
        for term in found:
            rarity = math.log(1 + (len(shelf) - frequency[term] + 0.5) / (frequency[term] + 0.5))
            count = passage.terms[term]
            score += rarity * count * (_SATURATION + 1) / (count + _SATURATION * length)
        scored.append((score, owner, passage))
    scored.sort(key=lambda entry: -entry[0])
    return [(owner, passage) for _, owner, passage in scored[:most]]


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return _STEMMER.stemWord(word)
