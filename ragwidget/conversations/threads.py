"""Reading conversations back, page by page, and what their visitors do with them.

Every list is keyset-paged: its cost does not grow with the table, and nothing is shown twice
when something new arrives between two pages.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.orm import selectinload

from ragwidget import happenings, insights
from ragwidget.conversations.search import transcripts
from ragwidget.conversations.values import Speaker
from ragwidget.crypto.tokens import Visit
from ragwidget.errors import InvalidInput, MessageNotFound
from ragwidget.extensions import db
from ragwidget.models import Chatbot, ContactRequest, Conversation, Message, new_id
from ragwidget.models.base import now

NOT_OURS = "after: this cursor is not one of ours."
PATIENCE = timedelta(days=7)  # in which somebody may think that a human will still answer

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, the cursor that the next ones begin behind, and that of the first of them."""

    rows: list[Row]
    next: str | None  # None at the end
    first: str | None = None  # of lists by time; None when there is none


def last_asked(chatbot_ids: Collection[UUID]) -> dict[UUID, datetime | None]:
    """Return when each of some chatbots was spoken to last."""
    spoken = (
        select(func.max(Conversation.last_message_at))
        .where(Conversation.chatbot_id == Chatbot.id)
        .scalar_subquery()
    )
    found = db.session.execute(select(Chatbot.id, spoken).where(Chatbot.id.in_(chatbot_ids)))
    return {row[0]: row[1] for row in found}


def of_visitor(
    visit: Visit, *, archived: bool = False, after: str | None = None, limit: int = 30
) -> Page[Conversation]:
    """Return a visitor's own conversations, the last spoken in first."""
    mine = select(Conversation).filter_by(chatbot_id=visit.chatbot_id, visitor_id=visit.visitor_id)
    if not archived:
        mine = mine.where(Conversation.archived_at.is_(None))
    return page_by_time(mine, after, limit)


def messages(
    conversation_id: UUID,
    *,
    before: int | None = None,
    since: int | None = None,
    limit: int = 30,
    superseded: bool = False,
) -> Page[Message]:
    """Return a page of a conversation, oldest first, with citations; the newest page first.

    Its `next` is the position that an older page ends before. No page reaches back behind `since`.
    """
    wanted = (
        select(Message)
        .filter_by(conversation_id=conversation_id)
        .options(selectinload(Message.citations))
        .order_by(Message.position.desc())
        .limit(limit + 1)
    )
    if not superseded:
        wanted = wanted.where(Message.superseded_at.is_(None))
    if before is not None:
        wanted = wanted.where(Message.position < before)
    if since is not None:
        wanted = wanted.where(Message.position >= since)
    rows = list(db.session.scalars(wanted))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows[::-1], str(rows[-1].position) if more else None)


def messages_behind(conversation_id: UUID, message_id: UUID, *, limit: int = 30) -> list[Message]:
    """Return what stands behind a message, oldest first; of one that is gone, behind nothing."""
    here = select(Message.position).filter_by(id=message_id, conversation_id=conversation_id)
    behind = (
        select(Message)
        .filter_by(conversation_id=conversation_id, superseded_at=None)
        .where(Message.position > func.coalesce(here.scalar_subquery(), 0))
        .options(selectinload(Message.citations))
        .order_by(Message.position)
        .limit(limit)
    )
    return list(db.session.scalars(behind))


def position_of(conversation_id: UUID, message_id: UUID) -> int | None:
    """Return where in a conversation a message stands, None when it does not."""
    found = select(Message.position).filter_by(id=message_id, conversation_id=conversation_id)
    return db.session.scalar(found)


def whole_message(message_id: UUID) -> Message:
    """Return a message as it now stands, with its citations."""
    found = db.session.scalar(
        select(Message)
        .filter_by(id=message_id)
        .options(selectinload(Message.citations))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise MessageNotFound
    return found


def rename(conversation: Conversation, title: str) -> None:
    """Give a conversation the title its visitor chose."""
    conversation.title = title
    db.session.flush()
    transcripts.rewrite(conversation.id)
    db.session.commit()


def archive(conversation: Conversation, archived: bool) -> None:
    """Put a conversation away, or take it out again."""
    conversation.archived_at = now() if archived else None
    db.session.commit()


def hand_over(
    chatbot_id: UUID, visitor_id: UUID, to_visitor_id: UUID, speaker: Speaker | None = None
) -> None:
    """Make a visitor's conversations another's, of whom we know more; in the caller's transaction.

    A name that was only said stays when we know no better one.
    """
    known: dict[str, object] = {"identified": True} if speaker else {}
    if speaker and (speaker.name or speaker.email):
        known |= {
            "visitor_name": speaker.name,
            "visitor_email": speaker.email,
            "vouched": speaker.vouched,
        }
    db.session.execute(
        update(Conversation)
        .filter_by(chatbot_id=chatbot_id, visitor_id=visitor_id)
        .values(visitor_id=to_visitor_id, **known)
    )


def rate(message: Message, rating: str | None, comment: str) -> None:
    """Keep what a visitor thinks of an answer; None takes it back."""
    if message.role != "chatbot" or message.author is not None:
        raise InvalidInput("message: only an answer can be rated.")
    # before the message, as whoever indexes it does, or the two would wait in a circle
    transcripts.hold([message.conversation_id])
    with insights.recounted(message.id):
        db.session.execute(
            update(Message)
            .where(Message.id == message.id)
            .values(rating=rating, comment=comment if rating else None)
        )
    if rating:
        happenings.tell_of_rating(message, rating)
    transcripts.refile([message.conversation_id])
    db.session.commit()


def keep_pair(message_id: UUID, source_id: UUID) -> None:
    """Remember which source was made of an answer, in the caller's commit."""
    answer = db.session.get_one(Message, message_id)
    answer.details = {**answer.details, "pair": str(source_id)}


def leave_contact(conversation: Conversation, name: str, email: str, text: str) -> UUID:
    """Keep a visitor's message for a human; return its id.

    In a conversation of nobody in particular, it says who they are.
    """
    if not (conversation.identified or conversation.visitor_email):
        conversation.visitor_name, conversation.visitor_email = name, email
    request = ContactRequest(
        id=new_id(),
        organization_id=conversation.organization_id,
        chatbot_id=conversation.chatbot_id,
        conversation_id=conversation.id,
        name=name,
        email=email,
        message=text,
    )
    db.session.add(request)
    happenings.tell(
        request.organization_id,
        request.chatbot_id,
        "contact.requested",
        {
            "contact_id": str(request.id),
            "conversation_id": str(conversation.id),
            "tried": conversation.tried,
        },
    )
    db.session.flush()
    transcripts.refile([conversation.id])
    db.session.commit()
    return request.id


def contacts(conversation_id: UUID) -> list[ContactRequest]:
    """Return what was left for a human in a conversation, oldest first."""
    return list(
        db.session.scalars(
            select(ContactRequest)
            .filter_by(conversation_id=conversation_id)
            .order_by(ContactRequest.id)
        )
    )


def awaits_human(conversation_id: UUID) -> bool:
    """Tell whether a message for a human was left lately that nobody has called done."""
    left = select(ContactRequest.id).where(
        ContactRequest.conversation_id == conversation_id,
        ContactRequest.handled_at.is_(None),
        ContactRequest.created_at > now() - PATIENCE,
    )
    return bool(db.session.scalar(select(left.exists())))


def with_contact(conversation_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the conversations in which something was left for a human."""
    left = select(ContactRequest.conversation_id).where(
        ContactRequest.conversation_id.in_(conversation_ids)
    )
    return set(db.session.scalars(left.distinct()))


def page_by_time(
    wanted: Select[Conversation], after: str | None, limit: int, *, oldest: bool = False
) -> Page[Conversation]:
    """Return a page of the conversations wanted, the last spoken in first, or the oldest."""
    key = tuple_(Conversation.last_message_at, Conversation.id)
    if after:
        behind = _read_cursor(after)
        wanted = wanted.where(key > behind if oldest else key < behind)
    order = (Conversation.last_message_at, Conversation.id)
    ordered = wanted.order_by(*order if oldest else (column.desc() for column in order))
    rows = list(db.session.scalars(ordered.limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    first = cursor_of(rows[0]) if rows else None
    return Page(rows, cursor_of(rows[-1]) if more else None, first)


def read_id(text: str) -> UUID:
    """Read the id of a cursor."""
    try:
        return UUID(text)
    except ValueError as bad:
        raise InvalidInput(NOT_OURS, field="after") from bad


def cursor_of(row: Conversation) -> str:
    """Return the place of a conversation in a list by time."""
    return f"{row.last_message_at.isoformat()}~{row.id.hex}"


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    moment, _, row_id = cursor.partition("~")
    try:
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None:
            raise ValueError("no zone")
        return read.astimezone(UTC), read_id(row_id)
    except (ValueError, OverflowError) as bad:
        raise InvalidInput(NOT_OURS, field="after") from bad
