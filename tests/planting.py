"""Mallory's words in every column that can hold some, as if every check on the way had failed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from uuid import uuid4

from cast import Owner
from payloads import payloads
from sqlalchemy import Enum, String, inspect, select

from ragwidget import library
from ragwidget.extensions import db
from ragwidget.models import (
    COLOURS,
    Chatbot,
    Citation,
    ContactRequest,
    Conversation,
    Message,
    Note,
    Organization,
    Sighting,
    Source,
    Tag,
    User,
)

# names and states that the code itself gives and reads
OURS = {"store", "store_key", "next_engine", "locale", "original", "format", "content_hash"}
OURS |= {"identity_key", "gemini_key", "engine", "kind"}
LONGEST = 1500
TURNS = 25
BESIDE = 15  # chatbots, conversations


class Pen:
    """Writes down one trick after the other, over and over."""

    def __init__(self) -> None:
        self._tricks: Iterator[str] = cycle([trick.replace("\0", "") for trick in payloads()])
        self._next = next(self._tricks)

    def words(self, most: int, between: str) -> str:
        """Return as many tricks as fit."""
        text = self._take()[:most]
        while len(text) + len(between) + len(self._next) <= most:
            text += between + self._take()
        return text

    def fill(self, row: Any) -> Any:
        """Write into every column of a row that holds text."""
        for column in inspect(type(row)).columns:
            free = isinstance(column.type, String) and not isinstance(column.type, Enum)
            if free and column.name not in OURS and not column.foreign_keys:
                length = column.type.length or LONGEST
                between = " " if column.type.length else "\n\n"
                setattr(row, column.key, self.words(length, between))
        return row

    def _take(self) -> str:
        taken, self._next = self._next, next(self._tricks)
        return taken


def plant(alice: Owner) -> dict[str, object]:
    """Fill what Alice owns with tricks; return the ids of what is worth a look."""
    pen, ids = Pen(), {"organization_id": alice.organization_id, "chatbot_id": alice.chatbot_id}
    organization = pen.fill(db.session.get_one(Organization, alice.organization_id))
    organization.name = "</title><script>ran(0)</script>\"'><img src=x onerror=ran(0)>"
    db.session.get_one(User, alice.user_id).last_login_ip = "<img src=x>"
    for _ in range(BESIDE):
        db.session.add(pen.fill(Chatbot(organization_id=alice.organization_id, engine="local")))
    chatbot = pen.fill(db.session.get_one(Chatbot, alice.chatbot_id))
    chatbot.suggested_questions = [pen.words(150, " ") for _ in range(4)]
    chatbot.strings = {name: pen.words(150, " ") for name in ("title", "footnote", "sources")}
    chatbot.words = {name: pen.words(400, " ") for name in ("refusal", "limit")}
    chatbot.engine, chatbot.model = "local", None
    for allowed in (True, False):
        db.session.add(pen.fill(Sighting(chatbot_id=chatbot.id, allowed=allowed)))
    db.session.flush()
    source_ids = [_source(pen, ids, trick) for trick in payloads()]
    tags = [_tag(pen, alice, number) for number in range(BESIDE)]
    for _ in range(BESIDE):
        ids["conversation_id"] = _conversation(pen, ids, source_ids, tags)
        db.session.add(
            pen.fill(Note(**ids, user_id=alice.user_id))  # one that its reader may delete
        )
    db.session.commit()
    library.add_text(chatbot, pen.words(300, " "), pen.words(20_000, "\n\n"), most=10_000)
    ids["source_id"] = db.session.scalar(
        select(Source.id).filter_by(chatbot_id=chatbot.id, kind="text").limit(1)
    )
    return ids


def _source(pen: Pen, ids: dict[str, Any], trick: str) -> Any:
    number = len(trick)
    row = pen.fill(
        Source(
            organization_id=ids["organization_id"],
            chatbot_id=ids["chatbot_id"],
            kind=("file", "text", "qa", "page", "site")[number % 5],
            state=("ready", "failed")[number % 2],
        )
    )
    row.title = trick.replace("\0", "")[:300]
    db.session.add(row)
    db.session.flush()
    return row.id


def _tag(pen: Pen, alice: Owner, number: int) -> str:
    name = f"{number}{pen.words(38, ' ')}"
    row = Tag(organization_id=alice.organization_id, name=name, colour=COLOURS[number % 8])
    db.session.add(row)
    db.session.flush()
    return str(row.id)


def _conversation(pen: Pen, ids: dict[str, Any], source_ids: list[Any], tags: list[str]) -> Any:
    owned = {"organization_id": ids["organization_id"], "chatbot_id": ids["chatbot_id"]}
    row = pen.fill(Conversation(**owned, visitor_id=uuid4(), message_count=2 * TURNS))
    row.tags = tags[:5]
    row.details = {"context": {pen.words(60, " "): pen.words(200, " ") for _ in range(5)}}
    row.page_url = "javascript:ran(0)//https://x.example"
    db.session.add(row)
    db.session.flush()
    owned["conversation_id"] = row.id
    db.session.add(pen.fill(ContactRequest(**owned)))
    for position in range(1, 2 * TURNS, 2):
        question = pen.fill(Message(**owned, position=position, role="visitor"))
        question.page_url = f"https://x.example/{pen.words(300, '')}"
        db.session.add(question)
        db.session.flush()
        answer = pen.fill(Message(**owned, position=position + 1, role="chatbot"))
        answer.question_id, answer.rating = question.id, "down"
        answer.status = ("completed", "failed", "stopped")[position % 3]
        answer.follow_ups = [pen.words(150, " ") for _ in range(3)]
        db.session.add(answer)
        db.session.flush()
        for index in (1, 2):
            citation = pen.fill(Citation(message_id=answer.id, index=index, kind="page"))
            citation.source_id = source_ids[position] if index == 1 else None
            citation.spans = [[position, position + 9 * index]]
            db.session.add(citation)
    return row.id
