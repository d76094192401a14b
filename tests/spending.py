"""A day's budget as tests see it: what it may take, what was spent of it and what is held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cast import Owner
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget import budgets
from ragwidget.engines.protocol import Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, DailyUsage, Message, Organization

__all__ = ["house"]

USAGE = Usage(prompt=1000, completion=200, thoughts=100, tools=400, cached=500)
COST = 1400 * 3 // 4 + 300 * 15 // 4  # of the prices that come with it
TOOK = (USAGE, Finish("stop", "gemini-3.8-flash", grounded=True))


@pytest.fixture
def house(app: Flask, alice: Owner, engine: ScriptedEngine) -> Flask:
    """The app, with Alice's chatbot on an engine that costs."""
    change(app, Chatbot, alice.chatbot_id, engine="gemini")
    return app


def change(app: Flask, table: Any, id: UUID, **values: Any) -> None:
    """Change a row."""
    with app.app_context():
        db.session.execute(update(table).where(table.id == id).values(**values))
        db.session.commit()


def one_answer(app: Flask, alice: Owner, question: str = "Hello?") -> Usage:
    """Return what is set aside for an answer to a first question."""
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        return budgets.expect(chatbot, question, history_chars=0, use_sources=True)


def allow(app: Flask, alice: Owner, answers: int) -> int:
    """Let Alice's day take so many first answers; return how many tokens these are."""
    tokens = answers * one_answer(app, alice).total
    change(app, Organization, alice.organization_id, tokens_per_day=tokens)
    return tokens


def day_of(app: Flask, alice: Owner) -> tuple[int, int, int, int]:
    """Return today's tokens and cost, spent and held."""
    with app.app_context():
        day = budgets.today(alice.organization_id)
        return day.tokens, day.cost, day.held_tokens, day.held_cost


def messages(app: Flask) -> int:
    """Return how many messages there are."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) or 0


def ledger(app: Flask) -> list[tuple[str, int, int, int]]:
    """Return what was counted: of each model its calls, the tokens that it read, and the cost."""
    with app.app_context():
        rows = db.session.scalars(select(DailyUsage).order_by(DailyUsage.model))
        return [(row.model, row.calls, row.prompt_tokens, row.cost) for row in rows]


def stop_all(house: Flask) -> None:
    """Stop every answer that is being written."""
    for turn in house.extensions["turns"]._open():
        turn.stop()
