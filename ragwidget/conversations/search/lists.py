"""A chatbot's conversations as its team lists them: filtered, in an order, page by page.

The order of time, also between two days, is an index of the table. Everything else is asked of
the index of what was said, which knows the filters as words; it lists what has been answered
once. So a page costs the same however large the table is, whatever filters it combines.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from ragwidget.conversations.search import finding
from ragwidget.conversations.search.filters import Filters, Sort
from ragwidget.conversations.threads import NOT_OURS, Page, cursor_of, page_by_time, read_id
from ragwidget.errors import InvalidInput
from ragwidget.extensions import db
from ragwidget.models import Conversation, Transcript, now

MOST_SORTED = 1000  # of what filters found, by their length
MOST_COUNTED = 1000

ALL = Filters()


def listing(
    chatbot_id: UUID,
    filters: Filters = ALL,
    sort: Sort = "newest",
    *,
    after: str | None = None,
    limit: int = 50,
) -> Page[Conversation]:
    """Return a page of a chatbot's conversations, and the cursor that the next one begins behind.

    Newest and oldest are those that were last spoken in and longest ago.
    """
    if sort == "longest":
        return _longest(_narrowed(chatbot_id, filters), after, limit)
    oldest = sort == "oldest"
    if filters.plain:
        return page_by_time(_between(chatbot_id, filters), after, limit, oldest=oldest)
    if filters.search and not filters.wanted().words:
        return Page([], None)
    behind = _read_number(after)
    numbers = finding.find(chatbot_id, filters.wanted(), behind, limit + 1, oldest=oldest)
    found = db.session.scalars(
        select(Conversation)
        .join(Transcript, Transcript.conversation_id == Conversation.id)
        .where(Transcript.id.in_(numbers[:limit]), Conversation.chatbot_id == chatbot_id)
        .order_by(Transcript.id if oldest else Transcript.id.desc())
    )
    more = len(numbers) > limit
    first = str(numbers[0]) if numbers else None
    return Page(list(found), str(numbers[limit - 1]) if more else None, first)


def count(chatbot_id: UUID, filters: Filters = ALL, most: int = MOST_COUNTED) -> int:
    """Return how many conversations there are, `most` + 1 when there are more."""
    if filters.plain:
        found = _between(chatbot_id, filters).with_only_columns(Conversation.id)
        newest = found.order_by(Conversation.last_message_at.desc()).limit(most + 1)
        return len(db.session.scalars(newest).all())
    if filters.search and not filters.wanted().words:
        return 0
    return len(finding.find(chatbot_id, filters.wanted(), None, most + 1))


def front(filters: Filters) -> str:
    """Return the place before all that now stands in a list, newest first."""
    if filters.plain:
        return f"{now().isoformat()}~{UUID(int=2**128 - 1).hex}"
    return str((db.session.scalar(select(func.max(Transcript.id))) or 0) + 1)


def neighbours(
    conversation: Conversation, filters: Filters = ALL, sort: Sort = "newest"
) -> tuple[UUID | None, UUID | None]:
    """Return which conversations stand before and behind one in a list by time."""
    place: str | None = cursor_of(conversation)
    if not filters.plain:
        finding.catch_up(conversation.chatbot_id)
        number = select(Transcript.id).where(Transcript.conversation_id == conversation.id)
        place = str(db.session.scalar(number) or "")
    if not place:
        return None, None

    def beside(order: Sort) -> UUID | None:
        found = listing(conversation.chatbot_id, filters, order, after=place, limit=1).rows
        return found[0].id if found else None

    newer, older = beside("oldest"), beside("newest")
    return (older, newer) if sort == "oldest" else (newer, older)


def _between(chatbot_id: UUID, filters: Filters) -> Select[Conversation]:
    wanted = select(Conversation).where(Conversation.chatbot_id == chatbot_id)
    if filters.archived is False:
        wanted = wanted.where(Conversation.team_archived_at.is_(None))
    if filters.since:
        begin = datetime.combine(filters.since, time(), UTC)
        wanted = wanted.where(Conversation.last_message_at >= begin)
    if filters.until:
        end = datetime.combine(filters.until + timedelta(days=1), time(), UTC)
        wanted = wanted.where(Conversation.last_message_at < end)
    return wanted


def _narrowed(chatbot_id: UUID, filters: Filters) -> Select[Conversation]:
    """Select what filters leave, or refuse when it is too much to be put in order."""
    if filters.plain and not (filters.since or filters.until):
        return _between(chatbot_id, filters)
    numbers = finding.find(chatbot_id, filters.wanted(), None, MOST_SORTED + 1)
    if len(numbers) > MOST_SORTED:
        raise InvalidInput(
            f"sort: more than {MOST_SORTED:,} conversations match, too many to put the longest"
            " first. Narrow the filters, or sort by time.",
            field="sort",
        )
    return (
        select(Conversation)
        .join(Transcript, Transcript.conversation_id == Conversation.id)
        .where(Transcript.id.in_(numbers), Conversation.chatbot_id == chatbot_id)
    )


def _longest(wanted: Select[Conversation], after: str | None, limit: int) -> Page[Conversation]:
    if after:
        messages, _, row_id = after.partition("~")
        behind = _read_number(messages), read_id(row_id)
        wanted = wanted.where(tuple_(Conversation.message_count, Conversation.id) < behind)
    order = Conversation.message_count.desc(), Conversation.id.desc()
    rows = list(db.session.scalars(wanted.order_by(*order).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, f"{rows[-1].message_count}~{rows[-1].id.hex}" if more else None)


def _read_number(cursor: str | None) -> int | None:
    if not cursor:
        return None
    if not (cursor.isdecimal() and len(cursor) < 19):
        raise InvalidInput(NOT_OURS, field="after")
    return int(cursor)
