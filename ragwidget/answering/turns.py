"""The turns of this process: begun, found and stopped, and what is kept of their ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import conversations, gemini_keys, jobs, library, metrics, tracing
from ragwidget.answering import repeating
from ragwidget.answering.following import Numbered, follow, started
from ragwidget.chat.checkpoints import Draft
from ragwidget.chat.events import Done, Error
from ragwidget.chat.record import Ending, OutOfReach
from ragwidget.chat.turn import Turn
from ragwidget.chat.turns import Turns
from ragwidget.conversations import Answer, OpenTurn, Question
from ragwidget.database import DATABASE_AWAY
from ragwidget.engines.fallback import Fallback
from ragwidget.engines.file_search import GeminiEngine
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.protocol import Asked, Engine, Said
from ragwidget.engines.unavailable import Unavailable
from ragwidget.extensions import db
from ragwidget.models import Chatbot

log = structlog.get_logger("ragwidget.answering")

TEMPERATURES = {"strict": 0.1, "balanced": 0.5, "creative": 0.9}

STORE_GONE = "engine_not_found"
NO_KEY = (
    "There is no Gemini API key that can be used. Enter one on the Organization page, or change "
    "the chatbot's engine in its settings."
)


class Memory:
    """What a turn writes to, from whichever thread drives it; holds no connection in between."""

    def __init__(self, app: Flask, chatbot: Chatbot, message_id: UUID) -> None:
        self._app = app
        self._chatbot_id, self._engine = chatbot.id, chatbot.engine
        self._message_id = message_id
        self._trace = tracing.Answer()

    def finish(self, ending: Ending) -> Done | Error:
        """Keep the end; return the event that tells what is kept now."""
        engine = ending.engine or self._engine
        with _reaching(self._app, "end"), self._trace.around():
            kept = conversations.finish(self._message_id, ending)
            if kept.status == ending.status:  # else somebody has closed it meanwhile
                _tell(ending, engine)
            trouble = ending.instead_of.code if ending.instead_of else ending.error_code
            if trouble == STORE_GONE:
                jobs.doubt(self._chatbot_id)
            jobs.index_soon()
        self._trace.end(ending, engine)
        return Error(**kept.error) if kept.error else Done(kept.done)


@contextmanager
def _reaching(app: Flask, what: str) -> Iterator[None]:
    try:
        with app.app_context():
            yield
    except SQLAlchemyError as problem:
        metrics.NOT_WRITTEN(what=what).inc()
        if isinstance(problem, DATABASE_AWAY):
            raise OutOfReach from problem
        raise


def init_app(app: Flask) -> None:
    """Make room for the turns of this process."""

    def write(answers: Collection[UUID], drafts: Sequence[Draft]) -> Collection[UUID]:
        with _reaching(app, "checkpoint"):
            return conversations.checkpoint(answers, drafts)

    app.extensions["turns"] = Turns(write)


def start(app: Flask, chatbot: Chatbot, opened: OpenTurn, token: str) -> Turn:
    """Ask the chatbot's engine; the turn begins when it is first read."""
    asked = asked_of(app, chatbot, opened.question, opened.history)
    turns: Turns = app.extensions["turns"]
    return turns.start(
        started(opened.conversation_id, opened.title, opened.question_id, opened.message_id, token),
        repeating.around(app, engine_for(app, chatbot), chatbot, opened).answer(asked),
        Memory(app, chatbot, opened.message_id),
        then=_suggesting(app, chatbot, opened.message_id),
        repeatable=chatbot.keeps_words,
    )


def asked_of(
    app: Flask, chatbot: Chatbot, question: Question, history: tuple[Said, ...] = ()
) -> Asked:
    """Return what the chatbot's engine is told about a question."""
    mode = question.mode or chatbot.mode
    return Asked(
        question=question.text,
        history=history,
        mode=mode,
        instructions=chatbot.instructions,
        refusal=chatbot.words.get("refusal", ""),
        source_ids=question.source_ids,
        use_sources=question.use_sources,
        top_k=chatbot.top_k,
        temperature=TEMPERATURES[mode] if chatbot.temperature is None else chatbot.temperature,
        locale=question.locale,
        language=chatbot.answer_language,
        max_tokens=min(chatbot.max_output_tokens or 0, app.config["GEMINI_MAX_TOKENS"]),
        model=chatbot.model or "",
    )


def engine_for(app: Flask, chatbot: Chatbot) -> Engine:
    """Return what answers for this chatbot, tied to its sources and to no other's."""
    lent: Engine | None = app.extensions.get("engine")
    if lent:
        return lent
    local = LocalEngine(library.Shelf(app.extensions["sessions"], chatbot.id))
    if chatbot.engine == "local":
        return local
    gemini = _gemini(app, chatbot)
    return Fallback(gemini, local) if chatbot.local_fallback else gemini


def _suggesting(app: Flask, chatbot: Chatbot, message_id: UUID) -> Callable[[], None]:
    """Return what has a title and follow-ups written behind a whole answer, if they are wanted."""
    if not chatbot.keeps_words or not (chatbot.writes_titles or chatbot.suggests_follow_ups):
        return lambda: None

    def tell() -> None:
        with app.app_context():
            jobs.suggest_for(message_id)

    # the queue may be slow, and somebody waits for the answer's last event
    return lambda: threading.Thread(target=tell, name="suggest", daemon=True).start()


def _gemini(app: Flask, chatbot: Chatbot) -> Engine:
    service = gemini_keys.gemini_of(app, chatbot.organization)
    if service is None:
        return Unavailable("gemini", NO_KEY)
    sources = library.facts_of(app.extensions["sessions"], chatbot.id)
    return GeminiEngine(service, chatbot.store or "", sources)


def _tell(ending: Ending, engine: str) -> None:
    """Tell the operator of an answer that has ended: its numbers, and none of its words."""
    metrics.TURNS(engine=engine, status=ending.status, reason=ending.reason).inc()
    metrics.CHUNKS(engine=engine).inc(len(ending.cuts))
    metrics.WHOLE_TURN(engine=engine).observe(ending.total_ms / 1000)
    if ending.first_text_ms is not None:
        metrics.FIRST_TEXT(engine=engine).observe(ending.first_text_ms / 1000)
    log.info(
        "turn",
        engine=engine,
        model=ending.model,
        status=ending.status,
        reason=ending.reason,
        first_text_ms=ending.first_text_ms,
        total_ms=ending.total_ms,
        chunks=len(ending.cuts),
        tokens=ending.usage.total,
        sources=len(ending.sources),
    )


def attach(app: Flask, message_id: UUID, token: str, after: int = 0) -> Numbered:
    """Yield an answer's events behind a number, from this process or from the memory."""
    turn = app.extensions["turns"].find(message_id)
    if turn is not None:
        return turn.events(after)
    return follow(app, message_id, token, after)


def stop(app: Flask, message_id: UUID) -> Answer:
    """Stop an answer, in whichever process it is written; return it as it then stands."""
    conversations.ask_to_stop(message_id)
    turn = app.extensions["turns"].find(message_id)
    if turn is not None:
        turn.stop()
        db.session.remove()  # waiting holds no connection
        turn.wait(2.0)
    return conversations.read_answer(message_id)
