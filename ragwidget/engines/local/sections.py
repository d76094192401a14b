"""What a passage's parts are about: the headings that stand inside it, and over it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragwidget.engines.local.sentences import Unit


@dataclass(frozen=True, slots=True)
class Section:
    """The units under one heading: `units[first:last]`."""

    title: str
    first: int
    last: int


def sections_of(heading: str, units: Sequence[Unit]) -> Iterator[Section]:
    """Yield the sections of a passage; the first may stand under the passage's own heading.

    >>> from ragwidget.engines.local.sentences import units_of
    >>> list(sections_of("A › B", units_of("One.\\n\\nTitle\\nTwo. Three.")))
    [Section(title='B', first=0, last=1), Section(title='Title', first=2, last=4)]
    """
    title, first = heading.rsplit("›", 1)[-1].strip(), 0
    for place, unit in enumerate(units):
        if unit.kind == "label":
            if first < place:
                yield Section(title, first, place)
            title, first = unit.text.rsplit("›", 1)[-1].strip(), place + 1
    if first < len(units):
        yield Section(title, first, len(units))


def paragraphs(units: Sequence[Unit], section: Section) -> Iterator[list[int]]:
    """Yield the places of the units of each paragraph, list, table or piece of code."""
    together: list[int] = []
    for place in range(section.first, section.last):
        if together and units[place].block != units[together[-1]].block:
            yield together
            together = []
        together.append(place)
    if together:
        yield together
