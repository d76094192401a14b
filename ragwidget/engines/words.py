"""Text as the terms it is found by: the same for what is shelved and for what is asked."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from Stemmer import Stemmer, algorithms

from ragwidget.engines.languages import asking_words, guess, small_words, without_grammar

_MARKING = {"Mn", "Mc", "Cf"}
# In many scripts vowels are marks on the letters of a word, which the expression for words omits.
_MARKS = "".join(chr(n) for n in range(0x300, 0x200E) if unicodedata.category(chr(n)) in _MARKING)
_RUN = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_CHUNK = re.compile(rf"{_RUN}(?:[-._/'@:&+]{{1,2}}{_RUN})*(?:\+\+|#)?")
_SCRAP = re.compile(r"([^\W_]{1,2})'([^\W_]+)|([^\W_]+)'([^\W_]{1,2})")
_PART = re.compile(_RUN)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# "Livrez-vous", "livre-t-il": the verb is the word.
_INVERTED = re.compile(
    r"([^\W_]{2,})-(?:t-)?(?:je|tu|ils?|elles?|nous|vous|moi|toi|ce)", re.IGNORECASE
)
_UNSPACED = re.compile(r"([\u3005-\u3007\u3040-\u30ff\u3400-\u9fff]+|[\uac00-\ud7af]+)")
_HANGUL = ("\uac00", "\ud7af")
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
            yield from _in_pairs(chunk)
            continue
        if scrap := _SCRAP.fullmatch(chunk):
            # "owner's", "don't" and "l'eau" are one word and a scrap, not two words.
            yield (max(scrap.groups(""), key=len).lower(),)
            continue
        if inverted := _INVERTED.fullmatch(chunk):
            yield (inverted[1].lower(),)
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


def asked_words(question: str, language: str) -> list[tuple[str, ...]]:
    """Return the words of a question that carry a subject, or all of them when none does.

    >>> asked_words("How are refunds handled?", "english")
    [('refunds',), ('handled',)]
    """
    groups = list(surface_words(question))
    return _telling(surface_words(without_grammar(question, language)), language) or groups


def subjects(text: str) -> list[str]:
    """Return the words of a text that carry a subject."""
    language = language_of(text)
    asking = asking_words(language)
    groups = _telling(surface_words(without_grammar(text, language)), language)
    return [group[0] for group in groups if not asking.issuperset(group)]


def _telling(groups: Iterable[tuple[str, ...]], language: str) -> list[tuple[str, ...]]:
    small = small_words(language)
    return [
        group for group in groups if not (group[0] in small or small.issuperset(group[1:] or group))
    ]


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


def _in_pairs(chunk: str) -> Iterator[tuple[str, ...]]:
    """Yield what is written without spaces as overlapping pairs, and what stands between it.

    A Korean word is one group: it begins with what it means, and ends with its endings.

    >>> list(_in_pairs("PayPal支払")), list(_in_pairs("배송비는"))
    ([('paypal', 'pay', 'pal'), ('支払',)], [('배송', '송비', '비는')])
    """
    for run in filter(None, _UNSPACED.split(chunk)):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)]
        if not _UNSPACED.match(run):
            yield from surface_words(run)
        elif not pairs and run == chunk:
            yield (run,)
        elif _HANGUL[0] <= run[0] <= _HANGUL[1]:
            yield from [tuple(pairs)] if pairs else []
        else:
            yield from ((pair,) for pair in pairs)
