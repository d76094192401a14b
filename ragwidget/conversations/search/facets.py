"""What conversations are filtered by: more words that a conversation holds, for the index.

So filters combine, with each other and with a search, at the cost of a search. Some tell what a
conversation's row says, some what its turns have left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Row, select

from ragwidget.conversations.values import ENDED
from ragwidget.extensions import db
from ragwidget.models import Citation, ContactRequest, Conversation, Message

EVERY = "zevery"
UNREAD, HANDLED, ARCHIVED = "zunread", "zhandled", "zarchived"
CONTACT = "zcontact"
ANSWERED, UNANSWERED = "zanswered", "zunanswered"
RATINGS = {"up": "zliked", "down": "zdisliked"}
ENDINGS = {
    ending: f"z{ending}" for ending in ("refused", "near", "ungrounded", "failed", "stopped")
}

ROW = (  # what `of_row` reads
    Conversation.locale,
    Conversation.last_message_at,
    Conversation.unread,
    Conversation.handled_at,
    Conversation.team_archived_at,
    Conversation.tags,
)
_ANSWER = (
    Message.conversation_id,
    Message.status,
    Message.finish_reason,
    Message.engine,
    Message.grounded,
    Message.rating,
)
_MOST_PLACES = 6  # of a page's address


def of_row(row: Row[*tuple[Any, ...]]) -> set[str]:
    """Return the facets of what a conversation's row says."""
    day = row.last_message_at.date()
    states = {UNREAD: row.unread, HANDLED: row.handled_at, ARCHIVED: row.team_archived_at}
    return {
        EVERY,
        f"zday{day:%Y%m%d}",
        f"zmonth{day:%Y%m}",
        f"zyear{day:%Y}",
        *(facet for facet, state in states.items() if state),
        *(of_language(row.locale) if row.locale else ()),
        *(of_tag(UUID(tag)) for tag in row.tags),
    }


def of_answer(answer: Row[*tuple[Any, ...]]) -> set[str]:
    """Return the facets that an answer leaves."""
    found = of_engine(answer.engine) if answer.engine else set()
    if answer.rating:
        found.add(RATINGS[answer.rating])
    if answer.status in ("failed", "stopped"):
        found.add(ENDINGS[answer.status])
    elif answer.finish_reason in ("refused", "near"):
        found.add(ENDINGS[answer.finish_reason])
    else:
        found.add(ANSWERED)
        if answer.grounded is False and answer.engine != "local":  # its greetings rest on nothing
            found.add(ENDINGS["ungrounded"])
    if found & {ENDINGS[ending] for ending in ("failed", "refused", "near")}:
        found.add(UNANSWERED)
    return found


def of_turns(conversation_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return the facets that the turns of conversations have left; earlier tries left none."""
    found: dict[UUID, set[str]] = {conversation_id: set() for conversation_id in conversation_ids}
    if not found:
        return found
    standing = (
        Message.conversation_id.in_(conversation_ids),
        Message.role == "chatbot",
        Message.author.is_(None),
        Message.superseded_at.is_(None),
        Message.status.in_(ENDED),
    )
    for answer in db.session.execute(select(*_ANSWER).where(*standing).distinct()):
        found[answer.conversation_id] |= of_answer(answer)
    cited = select(Message.conversation_id, Citation.source_id).join(
        Message, Message.id == Citation.message_id
    )
    cited = cited.where(*standing, Citation.source_id.is_not(None))
    for conversation_id, source_id in db.session.execute(cited.distinct()):
        found[conversation_id] |= of_source(source_id) if source_id else set()
    pages = select(Message.conversation_id, Message.page_url).where(
        Message.conversation_id.in_(conversation_ids),
        Message.role == "visitor",
        Message.page_url.is_not(None),
    )
    for conversation_id, page in db.session.execute(pages.distinct()):
        found[conversation_id] |= of_places(page or "")
    left = select(ContactRequest.conversation_id).where(
        ContactRequest.conversation_id.in_(conversation_ids)
    )
    for conversation_id in db.session.scalars(left.distinct()):
        found[conversation_id].add(CONTACT)
    return found


def of_tag(tag_id: UUID) -> str:
    """Return the facet of a tag."""
    return f"ztag{tag_id.hex}"


def of_source(source_id: UUID) -> set[str]:
    """Return the facet of what cites a source."""
    return {f"zsource{source_id.hex}"}


def of_engine(engine: str) -> set[str]:
    """Return the facet of what an engine answered."""
    return {f"zengine{''.join(filter(str.isalnum, engine)).lower()}"}


def of_language(locale: str) -> set[str]:
    """Return the facet of a locale's language.

    >>> of_language("de-AT"), of_language("-")
    ({'zlanguagede'}, set())
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    return {f"zlanguage{language}"} if language.isascii() and language.isalnum() else set()


def of_places(address: str) -> set[str]:
    """Return the facets of what was asked on a page."""
    return {_hashed(place) for place in places(address)}


def of_page(address: str) -> set[str]:
    """Return the facet of what was asked on a page or on one that lies under it."""
    return {_hashed(place) for place in list(places(address))[-1:]}


def of_days(first: date, last: date) -> list[str]:
    """Return facets of which any day of a span has one, and no other day: years, months, days.

    >>> of_days(date(2025, 12, 30), date(2026, 2, 2))
    ['zday20251230', 'zday20251231', 'zmonth202601', 'zday20260201', 'zday20260202']
    >>> of_days(date(2025, 1, 1), date(2026, 1, 1))
    ['zyear2025', 'zday20260101']
    """
    found = []
    while first <= last:
        month = _month_behind(first)
        year = date(min(first.year + 1, date.max.year), 1, 1)
        if first.timetuple().tm_yday == 1 and year <= last + timedelta(days=1):
            found.append(f"zyear{first:%Y}")
            first = year
        elif first.day == 1 and month <= last + timedelta(days=1):
            found.append(f"zmonth{first:%Y%m}")
            first = month
        else:
            found.append(f"zday{first:%Y%m%d}")
            first += timedelta(days=1)
    return found


def places(address: str) -> Iterator[str]:
    """Yield a page's place and what it lies under: its website, and each folder of its path.

    >>> list(places("https://Shop.example/bikes/red.html?size=9#top"))
    ['shop.example', 'shop.example/bikes', 'shop.example/bikes/red.html']
    >>> list(places("shop.example/"))
    ['shop.example']
    """
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
    except ValueError:
        return
    place = parts.netloc.rpartition("@")[2].lower()
    if not place:
        return
    yield place
    names = [name for name in parts.path.split("/") if name]
    for name in names[: _MOST_PLACES - 2]:
        place += f"/{name}"
        yield place
    if len(names) > _MOST_PLACES - 2:
        yield "/".join([place, *names[_MOST_PLACES - 2 :]])


def _month_behind(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _hashed(place: str) -> str:
    return f"zpage{blake2b(place.encode(errors='replace'), digest_size=8).hexdigest()}"
