"""The filters of a list of conversations as its page tells them: addresses, chips, choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for

from ragwidget import conversations, library
from ragwidget.conversations import Filters, Sort
from ragwidget.models import Tag

OUTCOMES = {
    "answered": "Answered",
    "unanswered": "Not answered",
    "refused": "Not in the sources",
    "near": "Only near",
    "ungrounded": "Not from the sources",
    "failed": "Failed",
    "stopped": "Stopped by the visitor",
}
RATINGS = {"up": "Liked", "down": "Disliked"}
ENGINES = {"gemini": "Gemini", "local": "The embedded engine", "cache": "The cache"}
SORTS = {"newest": "Newest first", "oldest": "Oldest first", "longest": "Longest first"}
FLAGS = {
    "handed_over": ("Asked for a human", "Did not ask for a human"),
    "handled": ("Handled", "Not handled"),
    "unread": ("Unread", "Read"),
}
VIEWS = {
    "All": Filters(),
    "Unread": Filters(unread=True),
    "Not answered": Filters(outcome="unanswered", handled=False),
    "For a human": Filters(handed_over=True, handled=False),
    "Archived": Filters(archived=True),
}
MOST_SOURCES = 200  # to choose from


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page asks for."""

    chatbot_id: UUID
    filters: Filters
    sort: Sort
    after: str | None

    def address(self, endpoint: str = "index", **more: Any) -> str:
        """Return the address of a page about the same conversations."""
        return address(self.chatbot_id, self.filters, self.sort, endpoint, **more)

    def views(self) -> Iterator[tuple[str, str, bool]]:
        """Yield what the list is usually narrowed to: its name, its address, whether this is it."""
        for name, filters in VIEWS.items():
            yield name, address(self.chatbot_id, filters), filters == self.filters


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    label: str
    without: str
    colour: str = ""


def asked(chatbot_id: UUID) -> Asked:
    """Read what the address of this request asks for, or refuse."""
    return Asked(
        chatbot_id,
        conversations.parse(request.args),
        conversations.parse_sort(request.args.get("sort")),
        request.args.get("after") or None,
    )


def address(
    chatbot_id: UUID,
    filters: Filters,
    sort: Sort = "newest",
    endpoint: str = "index",
    **more: Any,
) -> str:
    """Return the address of a page about the conversations that filters find."""
    args: dict[str, Any] = filters.spelled().to_dict(flat=False)
    if sort != "newest":
        args["sort"] = sort
    return url_for(f"dashboard.conversations.{endpoint}", chatbot_id=chatbot_id, **args, **more)


def chips(now: Asked, tags: list[Tag]) -> list[Chip]:
    """Return the filters that are on, each with a way out."""
    filters = now.filters
    named = {tag.id: tag for tag in tags}

    def chip(label: str, without: str, value: Any = None, colour: str = "") -> Chip:
        rest = replace(filters, **{without: value})
        return Chip(label, address(now.chatbot_id, rest, now.sort), colour)

    found = [chip(f"“{filters.search}”", "search", "")] if filters.search else []
    if filters.since:
        found.append(chip(f"From {_day(filters.since)}", "since"))
    if filters.until:
        found.append(chip(f"Until {_day(filters.until)}", "until"))
    if filters.any_tag and len(filters.tags) > 1:
        found.append(chip("Any of these tags", "any_tag", False))
    for tag_id in filters.tags:
        others = tuple(each for each in filters.tags if each != tag_id)
        tag = named.get(tag_id)
        name, colour = (tag.name, tag.colour) if tag else ("A deleted tag", "")
        found.append(chip(name, "tags", others, colour))
    if filters.outcome:
        found.append(chip(OUTCOMES[filters.outcome], "outcome"))
    if filters.rating:
        found.append(chip(RATINGS[filters.rating], "rating"))
    if filters.source:
        found.append(chip(f"Cites {_title_of(now.chatbot_id, filters.source)}", "source"))
    if filters.page:
        found.append(chip(f"On {filters.page}", "page"))
    if filters.language:
        found.append(chip(f"Language: {filters.language}", "language"))
    if filters.engine:
        found.append(chip(f"By {ENGINES[filters.engine]}", "engine"))
    for name, (yes, no) in FLAGS.items():
        if (flag := getattr(filters, name)) is not None:
            found.append(chip(yes if flag else no, name))
    if filters.archived is not False:
        found.append(chip("Archived" if filters.archived else "Archived or not", "archived", False))
    return found


def sources_of(now: Asked) -> list[tuple[UUID, str]]:
    """Return the sources to choose from, the chosen one among them."""
    titles = library.titles(now.chatbot_id, limit=MOST_SOURCES)
    found = [(source_id, title) for source_id, title, _ in titles]
    if now.filters.source and now.filters.source not in dict(found):
        found.append((now.filters.source, _title_of(now.chatbot_id, now.filters.source)))
    return found


def _title_of(chatbot_id: UUID, source_id: UUID) -> str:
    found = library.some(chatbot_id, [source_id])
    return found[0].title if found else "a deleted source"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
