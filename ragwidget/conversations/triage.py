"""Keeping order in conversations: what a team has read, handled, archived, tagged or deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from ragwidget.conversations.answers import abandon
from ragwidget.conversations.search import transcripts
from ragwidget.errors import InvalidInput
from ragwidget.extensions import db
from ragwidget.models import Conversation, now

MOST_TAGS = 20  # of one conversation


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to some conversations; those about tags name one."""

    name: str
    tag_id: UUID | None = None

    def __str__(self) -> str:
        """Return how forms and addresses spell it.

        >>> str(Change("archive")), str(Change("tag", UUID(int=1)))
        ('archive', 'tag:00000000-0000-0000-0000-000000000001')
        """
        return f"{self.name}:{self.tag_id}" if self.tag_id else self.name


def parse_change(text: str) -> Change:
    """Read what is to be done, or refuse."""
    name, _, tag = text.partition(":")
    about_tags = name in ("tag", "untag")
    if name not in CHANGES or about_tags != bool(tag):
        raise InvalidInput(f"change: it is one of {', '.join(CHANGES)}.", field="change")
    try:
        return Change(name, UUID(tag) if tag else None)
    except ValueError as bad:
        raise InvalidInput("change: this is not the id of a tag.", field="change") from bad


def apply(chatbot_id: UUID, conversation_ids: Collection[UUID], change: Change) -> int:
    """Change some of a chatbot's conversations, in the caller's commit; return how many those were.

    Each is locked until the commit, so give no more than a lot.
    """
    rows = db.session.scalars(
        select(Conversation)
        .where(Conversation.chatbot_id == chatbot_id, Conversation.id.in_(conversation_ids))
        # in one order, so that two who change the same ones don't wait in a circle
        .order_by(Conversation.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if change.name == "delete":
        for row in rows:
            abandon(conversation_id=row.id)
        gone = delete(Conversation).where(Conversation.id.in_([row.id for row in rows]))
        db.session.execute(gone, execution_options={"synchronize_session": False})
        return len(rows)
    for row in rows:
        _MARKS[change.name](row, change)
    db.session.flush()
    transcripts.refile([row.id for row in rows])
    return len(rows)


def set_tags(conversation: Conversation, tag_ids: Collection[UUID]) -> None:
    """Give a conversation these tags and no other, in the caller's commit."""
    conversation.tags = [str(tag_id) for tag_id in dict.fromkeys(tag_ids)][:MOST_TAGS]
    db.session.flush()
    transcripts.refile([conversation.id])


def _archive(row: Conversation, _change: Change) -> None:
    row.team_archived_at, row.unread = row.team_archived_at or now(), False


def _unarchive(row: Conversation, _change: Change) -> None:
    row.team_archived_at = None


def _handle(row: Conversation, _change: Change) -> None:
    row.handled_at, row.unread = row.handled_at or now(), False


def _reopen(row: Conversation, _change: Change) -> None:
    row.handled_at = None


def _read(row: Conversation, _change: Change) -> None:
    row.unread = False


def _unread(row: Conversation, _change: Change) -> None:
    row.unread = True


def _tag(row: Conversation, change: Change) -> None:
    row.tags = list(dict.fromkeys([*row.tags, str(change.tag_id)]))[:MOST_TAGS]


def _untag(row: Conversation, change: Change) -> None:
    row.tags = [tag for tag in row.tags if tag != str(change.tag_id)]


_MARKS: dict[str, Callable[[Conversation, Change], None]] = {
    "read": _read,
    "unread": _unread,
    "handle": _handle,
    "reopen": _reopen,
    "archive": _archive,
    "unarchive": _unarchive,
    "tag": _tag,
    "untag": _untag,
}
CHANGES = (*_MARKS, "delete")
