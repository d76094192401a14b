"""Writing a question with the place of its answer, for which its visitor waits.

PostgreSQL takes them in one statement, with the conversation that they begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, bindparam, false, insert, literal_column, true

from ragwidget.budgets import Hold
from ragwidget.conversations.values import Question
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, new_id, now
from ragwidget.models.clock import by_clock

Row = dict[str, Any]

NOT_KEPT = ""  # stands for a question whose chatbot keeps nothing that visitors type

_CONVERSATIONS, _MESSAGES = (Conversation.metadata.tables[n] for n in ("conversations", "messages"))
# what is the same in all of them, spelled out: a statement beside another one has no defaults
_NOTHING = {
    "text": literal_column("''"),
    "metadata": literal_column("'{}'"),
    "held_tokens": literal_column("0"),
    "held_cost": literal_column("0"),
    "follow_ups": literal_column("'[]'"),
    "cuts": literal_column("'[]'"),
    "to_index": false(),
}
_ALWAYS: dict[str, Row] = {
    "begun": {"tags": literal_column("'[]'"), "unread": true()},
    "asked": {
        **_NOTHING,
        "role": literal_column("'visitor'"),
        "status": literal_column("'completed'"),
    },
    "answer": {
        **_NOTHING,
        "role": literal_column("'chatbot'"),
        "status": literal_column("'pending'"),
        "heartbeat_at": by_clock(),
    },
}


def asked(chatbot: Chatbot, conversation_id: UUID, position: int, question: Question) -> Row:
    """Return what is written of a question."""
    return {
        **_message(chatbot, conversation_id, position),
        "client_id": question.client_id,
        "text": question.text if chatbot.keeps_words else NOT_KEPT,
        "page_url": question.page_url,
        "page_title": question.page_title,
        "metadata": {
            "mode": question.mode,
            "source_ids": list(question.source_ids),
            "use_sources": question.use_sources,
        },
    }


def answer(
    chatbot: Chatbot,
    conversation_id: UUID,
    position: int,
    question_id: UUID,
    mode: str | None,
    hold: Hold | None,
) -> Row:
    """Return what is written of an answer before its first word."""
    return {
        **_message(chatbot, conversation_id, position),
        "question_id": question_id,
        "engine": chatbot.engine,
        "model": chatbot.model,
        "mode": mode or chatbot.mode,
        "temperature": chatbot.temperature,
        "created_at": hold.made_at if hold else now(),  # on the day that pays for it
        "held_tokens": hold.tokens if hold else 0,
        "held_cost": hold.cost if hold else 0,
    }


def chosen_mode(chatbot: Chatbot, mode: str | None) -> str | None:
    """Return the mode that a visitor chose, unless its owner has taken it away since."""
    return mode if mode == chatbot.mode or mode in chatbot.visitor_modes else None


def write(begun: Row | None, asked: Row, answer: Row) -> None:
    """Write a question and its empty answer down, and the conversation that begins with them."""
    rows = {"begun": begun} if begun else {}
    _write(rows | {"asked": asked, "answer": answer})


def write_again(answer: Row) -> None:
    """Write one more empty answer down, beside one that ended."""
    _write({"answer": answer})


def _write(rows: dict[str, Row]) -> None:
    connection = db.session.connection()
    at_once = connection.dialect.name == "postgresql"
    for lot in [rows] if at_once else [{name: row} for name, row in rows.items()]:
        named = {f"{name}_{each}": row[each] for name, row in lot.items() for each in row}
        connection.execute(_statement(tuple((n, tuple(row)) for n, row in lot.items())), named)


def _message(chatbot: Chatbot, conversation_id: UUID, position: int) -> Row:
    return {
        "id": new_id(),
        "organization_id": chatbot.organization_id,
        "chatbot_id": chatbot.id,
        "conversation_id": conversation_id,
        "position": position,
        "created_at": now(),
    }


@cache
def _statement(lot: Sequence[tuple[str, Sequence[str]]]) -> Insert:
    """Return what writes some rows, made once: the last by itself, those before it beside it."""
    *before, last = (_insert(name, columns) for name, columns in lot)
    return last.add_cte(*(each.cte(name) for each, (name, _) in zip(before, lot, strict=False)))


def _insert(name: str, columns: Sequence[str]) -> Insert:
    table = _CONVERSATIONS if name == "begun" else _MESSAGES
    told = {each: bindparam(f"{name}_{each}", type_=table.c[each].type) for each in columns}
    return insert(table).values(_ALWAYS[name] | told)
