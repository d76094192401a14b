"""A chatbot tried by its owner: nothing of it is kept but what it cost.

It asks the engine as a visitor's question would, with settings that need not be saved, and tells
everything that happens on the way. No conversation is written down, no limit is touched; the day's
budget is, and an answer whose process dies counts there as what was expected of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from sqlalchemy.orm.attributes import set_committed_value

from ragwidget import budgets
from ragwidget.answering.turns import asked_of, engine_for
from ragwidget.budgets import COSTLY, BudgetReached
from ragwidget.chat.events import Delta, SourceRef, Sources, Waiting
from ragwidget.conversations import Question
from ragwidget.engines.protocol import NOTHING, Asked, EngineFailed, Finish, Said, Step, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Organization


@dataclass(slots=True)
class Played:
    """One question with its answer, as far as it has come."""

    asked: Asked
    engine: str
    text: str = ""
    sources: tuple[SourceRef, ...] = ()
    usage: Usage = NOTHING
    finish: Finish | None = None
    failure: EngineFailed | None = None
    cost: int | None = None
    first_text_ms: int | None = None
    total_ms: int = 0
    events: list[tuple[int, str, str]] = field(default_factory=list)  # milliseconds, name, what

    @property
    def by(self) -> str:
        """Return which engine has answered."""
        return (self.finish.engine if self.finish else "") or self.engine


def play(
    app: Flask, chatbot: Chatbot, question: str, history: tuple[Said, ...]
) -> tuple[Played, Iterator[tuple[int, str, str]]]:
    """Return a turn to be, and what makes it: its events as they happen.

    Refuses with `BudgetReached` when the day has no room for it. The chatbot may be one that is
    kept nowhere; the request's session is not needed while the engine speaks.
    """
    organization = db.session.get_one(Organization, chatbot.organization_id)
    set_committed_value(chatbot, "organization", organization)
    expected = budgets.expect(
        chatbot, question, history_chars=sum(len(said.text) for said in history), use_sources=True
    )
    model = chatbot.model or app.config["GEMINI_MODEL"]
    asked = asked_of(app, chatbot, Question(text=question), history)
    engine = engine_for(app, chatbot)
    try:
        reserve = budgets.reserve(chatbot, expected)
    except BudgetReached:
        raise BudgetReached("The organization’s budget for today is spent.") from None
    db.session.commit()
    steps = engine.answer(asked)
    db.session.remove()
    played = Played(asked, chatbot.engine)
    events = _events(app, chatbot, played, steps, expected, model, reserve)
    next(events)  # from here on its end is counted, also when nobody listens
    return played, events


def _events(
    app: Flask,
    chatbot: Chatbot,
    played: Played,
    steps: Iterator[Step],
    expected: Usage,
    model: str,
    reserve: UUID | None,
) -> Iterator[tuple[int, str, str]]:
    began = time.monotonic()

    def happened(name: str, what: str) -> tuple[int, str, str]:
        event = (round((time.monotonic() - began) * 1000), name, what)
        if name != "waiting":
            played.events.append(event)
        return event

    try:
        yield happened("waiting", "")
        for step in steps:
            if isinstance(step, Usage):
                played.usage = step
            elif isinstance(step, Delta):
                event = happened("delta", step.text)
                played.text += step.text
                if played.first_text_ms is None:
                    played.first_text_ms = event[0]
                yield event
            elif isinstance(step, Sources):
                played.sources = step.sources
                yield happened("sources", ", ".join(ref.title for ref in step.sources))
            elif isinstance(step, Waiting):
                yield happened("waiting", "")
            else:
                played.finish = step
                yield happened("finish", step.reason)
    except EngineFailed as failure:
        played.failure = failure
        yield happened("failed", failure.code)
    finally:
        played.total_ms = round((time.monotonic() - began) * 1000)
        if chatbot.engine in COSTLY:
            _count(app, chatbot, played, expected, model, reserve)


def _count(
    app: Flask, chatbot: Chatbot, played: Played, expected: Usage, model: str, reserve: UUID | None
) -> None:
    """Count what it took; of an answer that nobody heard out, what was expected of it."""
    unheard = played.finish is None and played.failure is None
    usage = expected if unheard and played.usage.total < expected.total else played.usage
    if not usage.total and reserve is None:
        return
    with app.app_context():
        if reserve is not None:
            budgets.use(reserve, usage)
        else:
            budgets.count(chatbot.organization_id, chatbot.id, model, usage, tried=True)
        db.session.commit()
        if usage.total:
            played.cost = budgets.prices().cost(model, usage)
