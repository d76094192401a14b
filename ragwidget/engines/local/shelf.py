"""What an engine may read of a chatbot's passages."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a source; `title_terms`, `heading_terms` and `terms` are in their order."""

    id: int
    source_id: str
    title: str
    kind: str
    url: str | None
    position: int
    heading: str
    page: int | None
    text: str
    title_terms: tuple[str, ...] = ()
    heading_terms: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much there is: passages, their mean length in terms, languages (most read first)."""

    passages: int
    mean_length: float
    languages: tuple[str, ...]


class Reader(Protocol):
    """One short look into the shelf. Everything returned is plain."""

    holdings: Holdings

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each of these terms stands, if in any."""
        ...

    def aliases(self, phrases: Sequence[str]) -> dict[str, str]:
        """Return what these phrases, in stems, stand for on this shelf."""
        ...

    def similar(self, start: str, shortest: int, longest: int) -> dict[str, int]:
        """Return the terms that begin so and are about so long, the commonest, with how common."""
        ...

    def holding(
        self, wanted: Sequence[tuple[str, bool, int]], source_ids: Sequence[str]
    ) -> list[list[int]]:
        """Return for each wanted (term, prominently, most) the numbers of passages that hold it."""
        ...

    def fetch(self, numbers: Sequence[int]) -> list[Passage]:
        """Return these passages, in this order."""
        ...


class Shelf(Protocol):
    """The passages of one chatbot."""

    def open(self) -> AbstractContextManager[Reader]:
        """Begin one short look; nothing is held after it."""
        ...
