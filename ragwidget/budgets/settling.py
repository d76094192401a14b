"""Counting what an answer took when it has ended, in place of what was set aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import current_app
from sqlalchemy import Row, func, select

from ragwidget.budgets.days import model_of, prices
from ragwidget.budgets.holding import COSTLY, expect
from ragwidget.budgets.ledger import booking, entry, write
from ragwidget.engines.protocol import NOTHING, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message

_TRIED = select(Conversation.tried).where(Conversation.id == Message.conversation_id)
# what settling needs to know of a message that has ended
ACCOUNT = (
    Message.id,
    Message.organization_id,
    Message.chatbot_id,
    Message.question_id,
    Message.status,
    Message.finish_reason,
    (func.length(Message.text) + func.coalesce(func.length(Message.withheld), 0)).label("chars"),
    Message.engine,
    Message.model,
    Message.instead_of,
    Message.created_at,
    Message.prompt_tokens,
    Message.completion_tokens,
    Message.thought_tokens,
    Message.tool_tokens,
    Message.cached_tokens,
    Message.total_tokens,
    Message.held_tokens,
    Message.held_cost,
    _TRIED.correlate(Message).scalar_subquery().label("tried"),
)


def settle(ended: Iterable[Row[*tuple[Any, ...]]]) -> None:
    """Count what answers took that have ended, and free what was set aside for them.

    Takes the `ACCOUNT` of each, as the statement returned it by which it ended, and is part of
    the same commit. A service tells of passages and thoughts only at its end, so an answer that
    was not heard out counts as what was expected of it, or as what was told if that is more.
    """
    settled: list[dict[str, Any]] = []
    booked: list[dict[str, Any]] = []
    entered: list[dict[str, Any]] = []
    for answer in ended:
        if answer.engine in COSTLY or answer.held_tokens or answer.instead_of is not None:
            day, model, usage = answer.created_at.date(), _billed_model(answer), _told(answer)
            cost, careful, usage = _reckoned(answer, model, usage)
            settled.append({"id": answer.id, "cost": cost})
            booked += booking(
                answer.organization_id,
                day,
                took=(usage.total, careful),
                freed=(answer.held_tokens, answer.held_cost),
            )
            if usage.total:
                ids = answer.organization_id, answer.chatbot_id
                entered.append(entry(*ids, day, model, usage, cost, tried=answer.tried))
    if settled:
        write(booked, entered, settled)


def _reckoned(
    answer: Row[*tuple[Any, ...]], model: str, usage: Usage
) -> tuple[int | None, int, Usage]:
    """Return what an answer cost, what the budget counts for it, and what it took."""
    careful = prices().careful_cost(model, usage)
    if answer.engine in COSTLY and _broke_off(answer):
        tokens, least = _expected(answer, model)
        usage = replace(usage, prompt=usage.prompt + max(0, tokens - usage.total))
        careful = max(careful, least)
    known = answer.engine in COSTLY or usage.total
    return (careful if known and prices().of(model) else None), careful, usage


def _told(answer: Row[*tuple[Any, ...]]) -> Usage:
    """Return what the engine that costs has told of an answer."""
    if answer.engine not in COSTLY and answer.instead_of is None:
        return NOTHING
    return Usage(
        prompt=answer.prompt_tokens or 0,
        completion=answer.completion_tokens or 0,
        thoughts=answer.thought_tokens or 0,
        tools=answer.tool_tokens or 0,
        cached=answer.cached_tokens or 0,
    )


def _billed_model(answer: Row[*tuple[Any, ...]]) -> str:
    """Return whose price counts: where another engine stepped in, the one that was asked first."""
    if answer.engine in COSTLY:
        return model_of(answer.model)
    return model_of(db.session.scalar(select(Chatbot.model).filter_by(id=answer.chatbot_id)))


def _broke_off(answer: Row[*tuple[Any, ...]]) -> bool:
    """Tell that an answer was begun and its engine's last word never heard."""
    return (
        answer.status == "stopped"
        or answer.finish_reason == "interrupted"
        or (answer.status == "failed" and answer.chars > 0)
    )


def _expected(answer: Row[*tuple[Any, ...]], model: str) -> tuple[int, int]:
    """Return the tokens and the cost that were set aside for an answer, or would have been."""
    if answer.held_tokens:
        return answer.held_tokens, answer.held_cost
    asked = select(Chatbot, Message).join(Message, Message.chatbot_id == Chatbot.id)
    chatbot, question = db.session.execute(asked.where(Message.id == answer.question_id)).one()
    expected = expect(
        chatbot,
        question.text,
        history_chars=current_app.config["HISTORY_CHARS"] if question.position > 1 else 0,
        use_sources=question.details.get("use_sources", True),
    )
    return expected.total, prices().careful_cost(model, expected)
