"""Conversations as files: a line for each answer with its question, as CSV or as JSON Lines.

What is read at once is small and given back before it is sent, so that a file of any size takes
the same memory and a reader of any patience holds no connection of the database.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ragwidget.conversations.search import lists
from ragwidget.conversations.search.filters import Filters
from ragwidget.database import reading
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message

CONVERSATIONS_AT_ONCE = 50
MESSAGES_AT_ONCE = 200
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# where cells are divided by semicolons, as in German, one of ours ends in its midst
HIDDEN_FORMULA = re.compile(r'([;\t\r\n]"*)(?=[=+\-@＝＋－＠])')
COLUMNS = (
    *("conversation_id", "title", "language", "visitor", "tags", "handled", "archived"),
    *("asked_at", "page", "question", "answer", "author", "sources", "status", "finish_reason"),
    *("rating", "comment", "engine", "model", "mode", "temperature", "prompt_tokens"),
    *("completion_tokens", "total_tokens", "cost", "first_text_ms", "total_ms", "message_id"),
)

Record = dict[str, Any]
Batch = Callable[[str | None], tuple[Sequence[Conversation], str | None]]


def found_by(chatbot_id: UUID, filters: Filters) -> Batch:
    """Return what hands out the conversations that filters find, the last spoken in first."""

    def batch(after: str | None) -> tuple[Sequence[Conversation], str | None]:
        limit = CONVERSATIONS_AT_ONCE
        page = lists.listing(chatbot_id, filters, after=after, limit=limit)
        return page.rows, page.next

    return batch


def chosen(chatbot_id: UUID, conversation_ids: Sequence[UUID]) -> Batch:
    """Return what hands out some of a chatbot's conversations, as many as one page has."""

    def batch(_after: str | None) -> tuple[Sequence[Conversation], str | None]:
        wanted = select(Conversation).where(
            Conversation.chatbot_id == chatbot_id, Conversation.id.in_(conversation_ids)
        )
        return db.session.scalars(wanted.order_by(Conversation.last_message_at.desc())).all(), None

    return batch


def as_json_lines(batch: Batch, tag_names: dict[str, str]) -> Iterator[str]:
    """Yield a line of JSON for each answer."""
    for lot in _records(batch, tag_names):
        yield "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in lot)


def as_csv(batch: Batch, tag_names: dict[str, str]) -> Iterator[str]:
    """Yield a table that spreadsheets open: no cell is a formula, whatever was typed."""
    yield "\ufeff" + _spell([COLUMNS])  # without the mark, some take it for another alphabet
    for lot in _records(batch, tag_names):
        yield _spell([_cell(record[name]) for name in COLUMNS] for record in lot)


def spreadsheet_safe(text: str) -> str:
    """Return text that a spreadsheet shows as it is, and does not carry out.

    >>> spreadsheet_safe("=HYPERLINK(A1)"), spreadsheet_safe("1 + 1"), spreadsheet_safe("1;=1")
    ("'=HYPERLINK(A1)", '1 + 1', "1;'=1")
    """
    text = HIDDEN_FORMULA.sub(r"\1'", text)
    return f"'{text}" if text.startswith(FORMULAS) else text


def _records(batch: Batch, tag_names: dict[str, str]) -> Iterator[list[Record]]:
    after: str | None = None
    while True:
        with reading():
            rows, after = batch(after)
            db.session.commit()
        for row in rows:
            yield from _of_conversation(row, tag_names)
        db.session.expunge_all()
        if after is None:
            return


def _of_conversation(row: Conversation, tag_names: dict[str, str]) -> Iterator[list[Record]]:
    behind, asked = 0, dict[UUID, Message]()
    while True:
        with reading():
            said = db.session.scalars(
                select(Message)
                .where(Message.conversation_id == row.id, Message.position > behind)
                .order_by(Message.position)
                .limit(MESSAGES_AT_ONCE)
                .options(selectinload(Message.citations))
            ).all()
            lot = []
            for message in said:
                if message.role == "visitor":
                    asked[message.id] = message
                elif message.author is not None:
                    lot.append(_record(row, None, message, tag_names))
                elif not message.superseded_at and message.question_id:
                    question = asked.pop(message.question_id, None) or db.session.get(
                        Message, message.question_id
                    )
                    lot.append(_record(row, question, message, tag_names))
            db.session.commit()
        if lot:
            yield lot
        if len(said) < MESSAGES_AT_ONCE:
            return
        behind = said[-1].position


def _record(
    row: Conversation, question: Message | None, answer: Message, tag_names: dict[str, str]
) -> Record:
    return {
        "conversation_id": str(row.id),
        "title": row.title,
        "language": row.locale,
        "visitor": row.visitor_name or row.visitor_email,
        "tags": [tag_names[tag] for tag in row.tags if tag in tag_names],
        "handled": row.handled_at is not None,
        "archived": row.team_archived_at is not None,
        "asked_at": (question or answer).created_at.isoformat(),
        "page": question.page_url if question else None,
        "question": question.text if question else "",
        "answer": answer.text,
        "author": answer.author,
        "sources": [
            {"title": cited.title, "page": cited.page, "url": cited.url}
            for cited in answer.citations
        ],
        "status": answer.status,
        "finish_reason": answer.finish_reason,
        "rating": answer.rating,
        "comment": answer.comment,
        "engine": answer.engine,
        "model": answer.model,
        "mode": answer.mode,
        "temperature": answer.temperature,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.total_tokens,
        "cost": None if answer.cost is None else answer.cost / 1_000_000,
        "first_text_ms": answer.first_text_ms,
        "total_ms": answer.total_ms,
        "message_id": str(answer.id),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = "; ".join(each["title"] if isinstance(each, dict) else each for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return spreadsheet_safe(value) if isinstance(value, str) else value


def _spell(rows: Iterable[Iterable[Any]]) -> str:
    page = io.StringIO()
    csv.writer(page).writerows(rows)
    return page.getvalue()
