"""Which conversations are wanted: the filters that there are, and nothing else.

They are the same in the dashboard's addresses, in the owner API and in an export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

from werkzeug.datastructures import MultiDict

from ragwidget.conversations.search import facets
from ragwidget.conversations.search.finding import Wanted, wanted_words
from ragwidget.errors import InvalidInput
from ragwidget.models import now

OUTCOMES = ("answered", "unanswered", "refused", "near", "ungrounded", "failed", "stopped")
RATINGS = ("up", "down")
ENGINES = ("gemini", "local", "cache")
EITHER = ("yes", "no")
ARCHIVED = ("no", "yes", "any")
SORTS = ("newest", "oldest", "longest")
MOST_SEARCH_CHARS = 200
MOST_TAGS = 10
FIRST_DAY = date(2020, 1, 1)  # before it, there was nobody to ask
_LANGUAGE = re.compile("[a-z]{2,8}")

Sort = Literal["newest", "oldest", "longest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the conversations have in common that are wanted; all of it must be true of each."""

    search: str = ""  # words that were said
    since: date | None = None  # last spoken in on this day (UTC) or later
    until: date | None = None
    tags: tuple[UUID, ...] = ()
    any_tag: bool = False  # one of them is enough
    outcome: str | None = None  # one of OUTCOMES
    rating: str | None = None  # one of RATINGS
    source: UUID | None = None  # cited
    page: str | None = None  # asked on it, or on one that lies under it
    language: str | None = None  # "de"
    engine: str | None = None  # one of ENGINES
    handed_over: bool | None = None
    handled: bool | None = None
    unread: bool | None = None
    archived: bool | None = False  # None: whether or not

    def spelled(self) -> MultiDict[str, str]:
        """Return the arguments of an address that mean these filters.

        >>> Filters(outcome="failed", archived=None).spelled().to_dict()
        {'outcome': 'failed', 'archived': 'any'}
        """
        return MultiDict(_spell(self))

    @property
    def plain(self) -> bool:
        """Tell whether the order of time alone leads to them: no more than days are wanted."""
        others = (getattr(self, each.name) for each in fields(self) if each.name not in _TIMES)
        return self.archived is not True and not any(
            value not in (None, "", ()) for value in others
        )

    def wanted(self) -> Wanted:
        """Return what the index is asked for."""
        must, without = list[str](), list[str]()
        tags = tuple(facets.of_tag(tag) for tag in self.tags)
        if not self.any_tag:
            must += tags
        for flag, facet in (
            (self.handed_over, facets.CONTACT),
            (self.handled, facets.HANDLED),
            (self.unread, facets.UNREAD),
            (self.archived, facets.ARCHIVED),
        ):
            if flag is not None:
                (must if flag else without).append(facet)
        if self.outcome == "answered":
            must.append(facets.ANSWERED)
            without.append(facets.UNANSWERED)
        elif self.outcome:
            must.append(facets.ENDINGS.get(self.outcome, facets.UNANSWERED))
        if self.rating:
            must.append(facets.RATINGS[self.rating])
        if self.source:
            must += facets.of_source(self.source)
        if self.page:
            must += facets.of_page(self.page)
        if self.language:
            must += facets.of_language(self.language)
        if self.engine:
            must += facets.of_engine(self.engine)
        either = tuple(filter(None, (self._days(), tags if self.any_tag else ())))
        words = tuple(wanted_words(self.search))
        if not (words or must or either):  # beside others, it would be read for nothing
            must = [facets.EVERY]
        return Wanted(words, tuple(must), either, tuple(without))

    def _days(self) -> tuple[str, ...]:
        if not (self.since or self.until):
            return ()
        return tuple(facets.of_days(self.since or FIRST_DAY, self.until or now().date()))


def parse(args: Mapping[str, str] | MultiDict[str, str]) -> Filters:
    """Read filters from the arguments of an address, or refuse, naming the field.

    >>> parse({"outcome": "failed", "from": "2026-11-01", "archived": "any"}).since
    datetime.date(2026, 11, 1)
    """
    given = {name: args[name].strip() for name in READERS if args.get(name, "").strip()}
    read: dict[str, Any] = {
        _NAMES.get(name, name): READERS[name](name, text) for name, text in given.items()
    }
    if "tag" in given:
        tags = args.getlist("tag") if isinstance(args, MultiDict) else [args["tag"]]
        read["tags"] = tuple(dict.fromkeys(_read_id("tag", tag) for tag in tags if tag))[:MOST_TAGS]
    if len(read.get("tags", ())) < 2:
        read.pop("any_tag", None)
    filters = Filters(**read)
    if filters.since and filters.until and filters.since > filters.until:
        raise InvalidInput("to: this day is before the first one.", field="to")
    return filters


def parse_sort(text: str | None) -> Sort:
    """Read in which order they are wanted."""
    return cast("Sort", _one_of(*SORTS)("sort", text or "newest"))


def _spell(filters: Filters) -> Iterator[tuple[str, str]]:
    named = {own: name for name, own in _NAMES.items()}
    for each in fields(filters):
        value = getattr(filters, each.name)
        if each.name == "tags":
            yield from (("tag", str(tag)) for tag in value)
        elif each.name == "archived":
            if value is not False:
                yield "archived", "any" if value is None else "yes"
        elif each.name == "any_tag":
            if value:
                yield each.name, "yes"
        elif isinstance(value, bool):
            yield each.name, "yes" if value else "no"
        elif value:
            yield named.get(each.name, each.name), str(value)


def _one_of(*words: str) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in words:
            raise InvalidInput(f"{name}: it is one of {', '.join(words)}.", field=name)
        return text

    return read


def _read_either(name: str, text: str) -> bool:
    return _one_of(*EITHER)(name, text) == "yes"


def _read_archived(name: str, text: str) -> bool | None:
    return {"no": False, "yes": True, "any": None}[_one_of(*ARCHIVED)(name, text)]


def _read_day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
        if not FIRST_DAY <= day < date(2100, 1, 1):
            raise ValueError("no day of this product's")
        return day
    except ValueError as bad:
        raise InvalidInput(f"{name}: write a day as 2026-11-21.", field=name) from bad


def _read_id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as bad:
        raise InvalidInput(f"{name}: this is not an id.", field=name) from bad


def _read_language(name: str, text: str) -> str:
    language = text.lower()
    if not _LANGUAGE.fullmatch(language):
        raise InvalidInput(f"{name}: write a language as en or de.", field=name)
    return language


def _read_page(name: str, text: str) -> str:
    if len(text) > 2000 or not facets.of_page(text):
        raise InvalidInput(f"{name}: write an address as https://example.org/help.", field=name)
    return text


def _read_words(_name: str, text: str) -> str:
    return text[:MOST_SEARCH_CHARS]


READERS: dict[str, Callable[[str, str], Any]] = {
    "search": _read_words,
    "from": _read_day,
    "to": _read_day,
    "tag": _read_id,
    "any_tag": _read_either,
    "outcome": _one_of(*OUTCOMES),
    "rating": _one_of(*RATINGS),
    "source": _read_id,
    "page": _read_page,
    "language": _read_language,
    "engine": _one_of(*ENGINES),
    "handed_over": _read_either,
    "handled": _read_either,
    "unread": _read_either,
    "archived": _read_archived,
}
_NAMES = {"from": "since", "to": "until", "tag": "tags"}
_TIMES = ("since", "until", "archived", "any_tag")
