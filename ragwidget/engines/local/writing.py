"""Quotes as an answer in Markdown, with the spans that rest on each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ragwidget.chat.events import SourceRef
from ragwidget.engines.local import verbatim
from ragwidget.engines.local.quoting import Quote
from ragwidget.engines.local.shelf import Passage

_SNIPPET = 320
_WORDS = re.compile(r"\s*(?:\S+\s*){1,5}")


@dataclass
class _Citation:
    """What is cited with one number, and the spans of the answer that rest on it."""

    quotes: list[Quote]
    spans: list[tuple[int, int]] = field(default_factory=list)

    def takes(self, quote: Quote) -> bool:
        """Tell whether a quote is from the same place: the same page, and next to another."""
        passage = quote.passage
        return any(
            (other.source_id, other.page) == (passage.source_id, passage.page)
            and abs(other.position - passage.position) <= 1
            for other in (earlier.passage for earlier in self.quotes)
        )

    def source(self, index: int) -> SourceRef:
        passage = self.quotes[0].passage
        in_order = sorted(self.quotes, key=lambda quote: quote.passage.position)
        return SourceRef(
            index=index,
            source_id=passage.source_id,
            title=passage.title,
            kind=passage.kind,
            page=passage.page,
            url=passage.url,
            snippet="\n".join(_around(quote) for quote in in_order),
            score=round(min(1.0, max(quote.evidence for quote in self.quotes)), 3),
            spans=tuple(self.spans),
        )


class Sheet:
    """An answer as it grows: its text, and which parts of it rest on which passages."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0  # in UTF-16 code units
        self._citations: list[_Citation] = []

    @property
    def text(self) -> str:
        """Return the answer so far."""
        return "".join(self._pieces)

    @property
    def sources(self) -> tuple[SourceRef, ...]:
        """Return what the answer rests on, in the order of first use."""
        return tuple(
            citation.source(index) for index, citation in enumerate(self._citations, start=1)
        )

    def say(self, words: str) -> None:
        """Add words of our own, as a paragraph."""
        self._paragraph()
        self._add(words)

    def quote(self, quote: Quote, label: str = "") -> None:
        """Add a quote word for word, under a label if it needs one."""
        if label:
            self.say(f"**{verbatim.prose(label, begins=False)}**")
        self._paragraph()
        begun = end = self._length + len(quote.parts[0].before)
        for part in quote.parts:
            self._add(part.before)
            self._add(part.written(quote.passage.text))
            end = self._length
            self._add(part.after)
        citation = self._citation(quote)
        citation.quotes.append(quote)
        citation.spans.append((begun, end))

    def _citation(self, quote: Quote) -> _Citation:
        for citation in self._citations:
            if citation.takes(quote):
                return citation
        self._citations.append(_Citation([]))
        return self._citations[-1]

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


def _around(quote: Quote) -> str:
    """Return the quoted stretch with some of what is around it, cut at words."""
    text, start, end = quote.passage.text, quote.parts[0].start, quote.parts[-1].end
    room = max(0, _SNIPPET - (end - start))
    first = max(0, start - room // 2)
    last = min(len(text), max(end, first + _SNIPPET))
    last = min(last, first + _SNIPPET * 2)
    while first and not text[first - 1].isspace():
        first -= 1
    while last < len(text) and not text[last].isspace():
        last += 1
    return ("… " if first else "") + text[first:last].strip() + (" …" if last < len(text) else "")
