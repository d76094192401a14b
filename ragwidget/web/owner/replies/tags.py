"""What is told of the tags that conversations are sorted by."""

from __future__ import annotations

from uuid import UUID

from ragwidget.web.visitor.replies import Reply


class Tag(Reply):
    """A word with a colour that conversations are sorted by."""

    id: UUID
    name: str
    colour: str


class TagReply(Reply):
    """One tag."""

    tag: Tag


class Tags(Reply):
    """The tags that there are."""

    tags: list[Tag]
