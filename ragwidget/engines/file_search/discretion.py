"""What no visitor is told: the owner's instructions, word for word.

A model can be talked into reciting what it was told. Said in other words, in another language or
spelled, nobody can tell it from an answer; a long stretch of the very words is held back.
"""

from __future__ import annotations

import re

LONG = 30  # words in the order of the instructions, or all of them where they are fewer
FEWEST = 10  # words that are instructions at all: less than that, answers say by chance
NOTICEABLE = 6  # words in that order from which on an answer waits for how it goes on

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # written without blanks: each is a word
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+")
_LONGEST = 40  # letters of a word that is waited for
_UNFINISHED = re.compile(rf"[^\W{_IDEOGRAPHS}]*\Z")
# within a paragraph, so that two stray marks far apart enclose nothing
_IN = r"(?:[^{0}\n]|\n(?!\s*\n))*"
_TO_BE_SAID = re.compile(
    "|".join(
        begin + _IN.format(end) + f"[{end}]"
        for begin, end in (('"', '"'), ("“", "”"), ("„", "“”"), ("«", "»"), ("「", "」"))
    )
)


class Recited(Exception):
    """An answer recites the instructions."""


class Discretion:
    """Passes an answer on as it is written, but for a stretch that may become a recital.

    What the instructions quote is there to be said, and doesn't count.
    """

    def __init__(self, instructions: str) -> None:
        told = [word.lower() for word in _WORD.findall(_TO_BE_SAID.sub(" ", instructions))]
        self._limit = min(LONG, len(told)) if len(told) >= FEWEST else 0
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(told):
            self._places.setdefault(word, []).append(place)
        self._runs: dict[int, tuple[int, int]] = {}  # by the next place: words, where they began
        self._held = ""
        self._read = 0  # how much of what is held back has been looked at

    def pass_on(self, text: str) -> str:
        """Return what can be said of the answer by now, or raise `Recited`."""
        if not self._limit:
            return text
        self._held += text
        self._look(_end_of_words(self._held))
        waiting = (began for words, began in self._runs.values() if words >= NOTICEABLE)
        safe = max(0, min(waiting, default=self._read))
        said, self._held = self._held[:safe], self._held[safe:]
        self._read -= safe
        self._runs = {place: (count, begin - safe) for place, (count, begin) in self._runs.items()}
        return said

    def rest(self) -> str:
        """Return what was still held back when the answer ended, or raise `Recited`."""
        self._look(len(self._held))
        rest, self._held, self._read = self._held, "", 0
        return rest

    def _look(self, end: int) -> None:
        for found in _WORD.finditer(self._held, self._read, end):
            runs = {}
            for place in self._places.get(found[0].lower(), ()):
                words, began = self._runs.get(place, (0, found.start()))
                runs[place + 1] = (words + 1, began)
                if words + 1 >= self._limit:
                    raise Recited
            self._runs = runs
        self._read = max(self._read, end)


def _end_of_words(text: str) -> int:
    tail = max(0, len(text) - _LONGEST)
    unfinished = _UNFINISHED.search(text, tail)
    return unfinished.start() if unfinished else len(text)


def recites(answer: str, instructions: str) -> bool:
    """Tell whether an answer recites the instructions.

    >>> wish = "Speak like a pirate, praise our hats, and never ever mention the war to anyone."
    >>> recites(f"I was told: {wish.upper()}", wish), recites("Praise our hats!", wish)
    (True, False)
    """
    try:
        Discretion(instructions).pass_on(answer + "\n")
    except Recited:
        return True
    return False
