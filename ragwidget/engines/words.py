"""Text as the terms it is found by: the same for what is shelved and for what is asked."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from Stemmer import Stemmer, algorithms

from ragwidget.engines.languages import asking_words, guess, small_words

_CHUNK = re.compile(r"[^\W_]+(?:[-._/'@:&+]{1,2}[^\W_]+)*(?:\+\+|#)?")
_SCRAP = re.compile(r"([^\W_]{1,2})'([^\W_]+)|([^\W_]+)'([^\W_]{1,2})")
_PART = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_SYMBOLS = {"++": "plusplus", "#": "sharp"}
_LONGEST_TERM = 40


def language_of(text: str, otherwise: str = "english") -> str:
    """Guess the language of a text."""
    return guess([word.lower() for word in _PART.findall(text[:4000])], otherwise)


def surface_words(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a text in lower case, each with its parts when it has several.

    The first of a group is the whole without its joints, so that "e-mail" meets "email" and
    "time_zone" meets "timezone"; the others are its parts.

    >>> list(surface_words("Wi-Fi for C++"))
    [('wifi', 'wi', 'fi'), ('for',), ('cplusplus',)]
    """
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    for match in _CHUNK.finditer(text):
        chunk = match[0]
        for symbol, name in _SYMBOLS.items():
            if chunk.endswith(symbol):
                chunk = chunk.removesuffix(symbol) + name
        if _UNSPACED.search(chunk):
            yield from ((pair,) for pair in _pairs(chunk))
            continue
        if scrap := _SCRAP.fullmatch(chunk):
            # "owner's", "don't" and "l'eau" are one word and a scrap, not two words.
            yield (max(scrap.groups(""), key=len).lower(),)
            continue
        parts = [part for word in _PART.findall(chunk) for part in _HUMP.split(word)]
        if len(parts) == 1:
            yield (parts[0].lower(),)
            continue
        whole = "".join(parts).lower()
        lowered = tuple(part.lower() for part in parts)
        yield (whole, *lowered) if len(whole) <= _LONGEST_TERM else lowered


def terms_of(text: str, language: str) -> list[str]:
    """Return the terms of a text in their order, without the small words.

    >>> terms_of("How are refunds handled?", "english")
    ['refund', 'handl']
    """
    small = small_words(language)
    return [
        stem(word, language) for group in surface_words(text) for word in group if word not in small
    ]


def some_terms_of(text: str, language: str) -> list[str]:
    """Return the terms of a text, its small words if it has no others ("Who are you?").

    >>> some_terms_of("Who are you?", "english")
    ['who', 'are', 'you']
    """
    return terms_of(text, language) or [
        stem(word, language) for group in surface_words(text) for word in group
    ]


def subjects(text: str) -> list[str]:
    """Return the words of a text that carry a subject."""
    language = language_of(text)
    small = small_words(language) | asking_words(language)
    return [group[0] for group in surface_words(text) if not small.issuperset(group)]


def names_in(text: str) -> set[str]:
    """Return the words that are written like names: with a capital inside a sentence, or digits.

    >>> sorted(names_in("Does the iPhone work in Spain with A4 paper?"))
    ['a4', 'iphone', 'spain']
    """
    words = _PART.findall(text)
    if sum(word[0].isupper() for word in words) * 2 > len(words):
        return set()  # everything is written large
    return {
        word.lower()
        for place, word in enumerate(words)
        if any(map(str.isdigit, word)) or any(map(str.isupper, word[place == 0 :]))
    }


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """Return what a word has in common with its inflections, without accents."""
    stemmer = _stemmer(language)
    stemmed = stemmer.stemWord(word) if stemmer and not word.isdigit() else word
    # Letters and digits alone: the index and its query language know no others.
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", stemmed)))
    return plain[:_LONGEST_TERM]


@cache
def _stemmer(language: str) -> Stemmer | None:
    return Stemmer(language, 0) if language in algorithms() else None


def _pairs(run: str) -> Iterator[str]:
    """Yield the overlapping pairs of a script that writes no spaces."""
    yield from (run[i : i + 2].lower() for i in range(len(run) - 1))
