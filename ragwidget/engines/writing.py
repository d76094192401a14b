"""Quotes as an answer in Markdown, with the spans that rest on each."""

import re
from collections.abc import Iterator, Sequence

from ragwidget.chat.events import SourceRef
from ragwidget.engines.quoting import Quote
from ragwidget.engines.shelf import Passage

_SNIPPET = 320
_WORDS = re.compile(r"\s*(?:\S+\s*){1,5}")


class Sheet:
    """An answer as it grows: its text, and which parts of it rest on which passage."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0  # in UTF-16 code units
        self._cited: dict[int, tuple[Quote, list[tuple[int, int]]]] = {}

    @property
    def text(self) -> str:
        """Return the answer so far."""
        return "".join(self._pieces)

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """Return what the answer rests on, in the order of first use."""
        return tuple(
            _source(index, quote, tuple(spans))
            for index, (quote, spans) in enumerate(self._cited.values(), start=1)
        )

    def say(self, words: str) -> None:
        """Add words of our own, as a paragraph."""
        self._paragraph()
        self._add(words)

    def quote(self, quote: Quote, label: str = "") -> None:
        """Add a quote word for word, under a label if it needs one."""
        if label:
            self.say(f"**{label}**")
        self._paragraph()
        _, spans = self._cited.setdefault(quote.passage.id, (quote, []))
        for part in quote.parts:
            self._add(part.before)
            begun = self._length
            self._add(quote.passage.text[part.start : part.end])
            spans.append((begun, self._length))
            self._add(part.after)

    def _paragraph(self) -> None:
        if self._pieces:
            self._add("\n\n")

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text.encode("utf-16-le")) // 2


def in_pieces(text: str) -> Iterator[str]:
    """Yield a text a few words at a time."""
    yield from (match[0] for match in _WORDS.finditer(text))


def label_of(passage: Passage) -> str:
    """Return what a passage is about: its nearest heading, else its source's title."""
    return passage.heading.rsplit("›", 1)[-1].strip() or passage.title


def _source(index: int, quote: Quote, spans: Sequence[tuple[int, int]]) -> SourceRef:
    passage = quote.passage
    return SourceRef(
        index=index,
        source_id=passage.source_id,
        title=passage.title,
        kind=passage.kind,
        page=passage.page,
        url=passage.url,
        snippet=_around(passage.text, quote.parts[0].start, quote.parts[-1].end),
        score=round(min(1.0, quote.evidence), 3),
        spans=tuple(spans),
    )


def _around(text: str, start: int, end: int) -> str:
    """Return the quoted stretch with some of what is around it, cut at words."""
    room = max(0, _SNIPPET - (end - start))
    first = max(0, start - room // 2)
    last = min(len(text), max(end, first + _SNIPPET))
    last = min(last, first + _SNIPPET * 2)
    while first and not text[first - 1].isspace():
        first -= 1
    while last < len(text) and not text[last].isspace():
        last += 1
    return ("… " if first else "") + text[first:last].strip() + (" …" if last < len(text) else "")
