"""What a text says that its words stand for: "File Search Store (FSS)", "a hire bike, i.e. …"."""

import re
from collections.abc import Iterator

from ragwidget.engines.languages import small_words
from ragwidget.engines.words import stem

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_BRACKETS = re.compile(r"(?<![\w'-])((?:[\w'-]{1,40} ){1,8})\(([^()\n]{2,80})\)")
_SHORT = re.compile(r"(?=[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z0-9])[A-Za-z0-9]{2,8}")
_STANDS_FOR = re.compile(
    r"\b([A-Z][A-Za-z0-9]{1,7}) (?:stands for|is short for|is an abbreviation (?:of|for)"
    r"|is the acronym (?:of|for)|steht für|ist die Abkürzung für|signifie|significa|staat voor)"
    r" ([^.,;:()\n]{3,80})"
)
_ALSO = re.compile(
    r"(?<![\w'-])((?:[\w'-]{1,40} ){0,3}[\w'-]{1,40}),? \(?"
    r"(?:(?:is )?also (?:called|known as|named)|or simply|i\.e\.,?|that is,"
    r"|auch bekannt als|d\.\s?h\.|c'est-à-dire|aussi appelée?|es decir,?|también llamad[oa])"
    r" ([^.,;:()\n]{2,60})"
)
_LONGEST = 5  # words


def definitions_in(text: str, language: str) -> set[tuple[str, str]]:
    """Return what stands for one another in a text, as stems, each pair once in each direction.

    >>> sorted(definitions_in("Files go to a File Search Store (FSS).", "english"))
    [('file search store', 'fss'), ('fss', 'file search store')]
    >>> sorted(definitions_in("Passages, also called chunks, are short.", "english"))
    [('chunk', 'passag'), ('passag', 'chunk')]
    """
    found = set()
    for one, other in _pairs(text, small_words(language)):
        first, second = _stems(one, language), _stems(other, language)
        if first and second and first != second:
            found |= {(first, second), (second, first)}
    return found


def _pairs(text: str, small: frozenset[str]) -> Iterator[tuple[list[str], list[str]]]:
    for before, inside in _BRACKETS.findall(text):
        words, inner = _WORD.findall(before), _WORD.findall(inside)
        if _SHORT.fullmatch(inside) and (long := _spelled_out(inside, words, small)):
            yield [inside], long
        elif (
            words and _SHORT.fullmatch(words[-1]) and _spelled_out(words[-1], inner, small) == inner
        ):
            yield [words[-1]], inner
    for short, after in _STANDS_FOR.findall(text):
        words = _WORD.findall(after)
        yield [short], _spelled_out(short, words[: len(short) + 2], small) or words[:_LONGEST]
    for before, after in _ALSO.findall(text):
        yield _run(_WORD.findall(before)[::-1], small)[::-1], _run(_WORD.findall(after), small)


def _spelled_out(short: str, words: list[str], small: frozenset[str]) -> list[str]:
    """Return the last of some words whose first letters an abbreviation is made of.

    >>> _spelled_out("TOS", ["our", "terms", "of", "service"], frozenset({"of"}))
    ['terms', 'of', 'service']
    """
    letters = short.removesuffix("s").lower()
    for begin in range(len(words) - 1):
        run = words[begin:]
        every = "".join(word[0] for word in run).lower()
        telling = "".join(word[0] for word in run if word.lower() not in small).lower()
        if letters in (every, telling) and len(run) > 1 and run[0].lower() not in small:
            return run
    return []


def _run(words: list[str], small: frozenset[str]) -> list[str]:
    """Return the words that come first, without articles before them, until a small word."""
    run: list[str] = []
    for word in words:
        if word.lower() not in small:
            run.append(word)
        elif run:
            break
    return run[:3]


def _stems(words: list[str], language: str) -> str:
    telling = [word.lower() for word in words if word.lower() not in small_words(language)]
    return " ".join(stem(word, language) for word in telling[:_LONGEST])
