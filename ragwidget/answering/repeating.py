"""Giving an answer again: to the same first question, while sources and settings are the same."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import version
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ragwidget.chat.events import Delta, Sources
from ragwidget.conversations import OpenTurn, repeats
from ragwidget.engines.protocol import Asked, Engine, Finish, Step
from ragwidget.models import Chatbot

log = structlog.get_logger("ragwidget.answering")

VERSION = version("ragwidget")  # another one may ask in other words
INSTALLATION = ("GEMINI_MODEL", "GEMINI_THINKING", "GEMINI_SAFETY")  # shape answers of all


class Repeating:
    """Gives the answer that the same question had, and asks an engine where there is none."""

    def __init__(self, app: Flask, engine: Engine, chatbot: Chatbot, message_id: UUID) -> None:
        self.name = engine.name
        self._app, self._engine = app, engine
        self._chatbot_id, self._message_id = chatbot.id, message_id
        self._told = [
            VERSION,
            *(str(app.config[name]) for name in INSTALLATION),
            chatbot.engine,
            chatbot.store or "",
            chatbot.store_key or "",
            chatbot.updated_at.isoformat(),
        ]

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Yield the answer, from wherever it comes."""
        given = self._given(asked)
        if given is None:
            yield from self._engine.answer(asked)
            return
        yield Delta(given.text)
        if given.sources:
            yield Sources(given.sources)
        yield Finish("stop", given.model, grounded=True, engine=repeats.CACHE)

    def _given(self, asked: Asked) -> repeats.Repeat | None:
        plain = replace(
            asked,
            question=normalized(asked.question),
            source_ids=tuple(sorted(asked.source_ids)),
        )
        try:
            with self._app.app_context():
                known = map(str, repeats.knowledge_of(self._chatbot_id))
                told = json.dumps([*self._told, *known, asdict(plain)])
                key = hashlib.sha256(told.encode()).hexdigest()[:32]
                return repeats.repeat(self._chatbot_id, self._message_id, key)
        except SQLAlchemyError:  # the engine can be asked all the same
            log.exception("nobody knows whether this was asked before")
            return None


def around(app: Flask, engine: Engine, chatbot: Chatbot, opened: OpenTurn) -> Engine:
    """Return what may give an answer again, where the chatbot's owner wants that.

    Never where a conversation has begun before. Who asks and what the website tells about them
    makes no difference: no engine hears of that.
    """
    wanted = chatbot.repeats_answers and chatbot.keeps_words
    if not wanted or opened.history or not normalized(opened.question.text):
        return engine
    return Repeating(app, engine, chatbot, opened.message_id)


def normalized(question: str) -> str:
    """Return a question as it is compared with others.

    >>> normalized("  When do you   OPEN ?!") == normalized("when do you open")
    True
    """
    words = unicodedata.normalize("NFKC", question).casefold().split()
    return " ".join(words).rstrip(" ?!.…¿¡。？！")
