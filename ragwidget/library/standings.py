"""How far a chatbot's sources are, for their owner's eyes, whichever engine is to answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import load_only

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Document, Source, now

# why a reading failed that may go better next time, with the same file
PASSING = {"internal", "crashed", "timed_out"}
HOPELESS = {"mime_refused"}  # of uploads
WORDS = {
    "waiting": "Waiting",
    "reading": "Reading",
    "uploading": "Uploading to Gemini",
    "indexing": "Gemini is indexing it",
    "ready": "Ready",
    "failed": "Failed",
}
PERCENT = {"waiting": 0, "uploading": 30, "indexing": 60, "ready": 100, "failed": 0}
EARLIER = "The earlier version answers until this one is ready."
STILL_EARLIER = "The earlier version goes on answering."
_COLUMNS = (
    Source.id,
    Source.chatbot_id,
    Source.kind,
    Source.state,
    Source.progress,
    Source.error,
    Source.error_code,
    Source.passage_count,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an owner is shown of a source."""

    state: str  # "waiting", "reading", "uploading", "indexing", "ready" or "failed"
    percent: int
    words: str
    error: str | None = None
    can_retry: bool = False
    note: str = ""

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will happen by itself."""
        return self.state in ("ready", "failed")


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a chatbot's sources are together, and what went wrong first."""

    total: int
    settled: int
    ready: int
    error: str | None


def standing(sources: Iterable[Source]) -> dict[UUID, Standing]:
    """Return how far these sources are, for the engine that their chatbot has or changes to."""
    sources = list(sources)
    ids = {source.chatbot_id for source in sources}
    engines = {
        row.id: row.next_engine or row.engine
        for row in db.session.execute(
            select(Chatbot.id, Chatbot.engine, Chatbot.next_engine).where(Chatbot.id.in_(ids))
        )
    }
    copies = _copies([one.id for one in sources if engines.get(one.chatbot_id) == "gemini"])
    return {
        source.id: _standing(source, engines.get(source.chatbot_id, "local"), copies)
        for source in sources
    }


def tally(chatbot_id: UUID, engine: str) -> Tally:
    """Return how far all of a chatbot's sources are for an engine."""
    sources = _light(Source.chatbot_id == chatbot_id)
    copies = _copies([source.id for source in sources]) if engine == "gemini" else {}
    all_ = [_standing(source, engine, copies) for source in sources if source.kind != "site"]
    return Tally(
        total=len(all_),
        settled=sum(one.settled for one in all_),
        ready=sum(one.state == "ready" for one in all_),
        error=next((one.error for one in all_ if one.error), None),
    )


def counts(chatbot_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many sources of each state the chatbots have; what is on its way is `reading`."""
    found: dict[UUID, Counter[str]] = {chatbot_id: Counter() for chatbot_id in chatbot_ids}
    copied = set(
        db.session.scalars(
            select(Chatbot.id).where(
                Chatbot.id.in_(chatbot_ids),
                func.coalesce(Chatbot.next_engine, Chatbot.engine) == "gemini",
            )
        )
    )
    for chatbot_id, state, count in db.session.execute(
        select(Source.chatbot_id, Source.state, func.count())
        .where(Source.chatbot_id.in_(set(chatbot_ids) - copied))
        .group_by(Source.chatbot_id, Source.state)
    ):
        found[chatbot_id][state] = count
    sources = _light(Source.chatbot_id.in_(copied)) if copied else []
    for source, one in zip(sources, standing(sources).values(), strict=True):
        state = one.state if one.settled or one.state == "waiting" else "reading"
        found[source.chatbot_id][state] += 1
    return {chatbot_id: dict(states) for chatbot_id, states in found.items()}


def _standing(source: Source, engine: str, copies: dict[UUID, list[Document]]) -> Standing:
    if engine == "gemini" and (mine := copies.get(source.id)):
        return _copied(source, mine)
    if engine == "gemini" and source.state != "failed":
        return Standing("waiting", 0, WORDS["waiting"])
    return Standing(
        source.state,
        100 if source.state == "ready" else source.progress,
        WORDS[source.state],
        source.error if source.state == "failed" else None,
        source.state == "failed" and source.error_code in PASSING,
        STILL_EARLIER if source.state == "failed" and source.passage_count else "",
    )


def _copied(source: Source, copies: list[Document]) -> Standing:
    """Return the standing of the newest copy; that we can't read it ourselves is a note."""
    newest = copies[-1]
    earlier = any(copy.state == "ready" for copy in copies[:-1])
    notes = []
    if earlier:
        notes.append(STILL_EARLIER if newest.state == "failed" else EARLIER)
    if source.state == "failed" and source.error:
        notes.append(f"The embedded engine can't read it: {source.error}")
    waits = newest.state == "waiting" and newest.error
    return Standing(
        newest.state,
        PERCENT[newest.state],
        "Waiting to try again" if waits else WORDS[newest.state],
        newest.error if newest.state in ("waiting", "failed") else None,
        (newest.state == "failed" and newest.error_code not in HOPELESS)
        or bool(waits and newest.next_at > now()),
        " ".join(notes),
    )


def _light(*which: ColumnElement[bool]) -> list[Source]:
    """Return sources without their texts."""
    return list(
        db.session.scalars(
            select(Source).where(*which).options(load_only(*_COLUMNS)).order_by(Source.id)
        )
    )


def _copies(source_ids: Sequence[UUID]) -> dict[UUID, list[Document]]:
    found: dict[UUID, list[Document]] = {}
    for document in db.session.scalars(
        select(Document).where(Document.source_id.in_(source_ids)).order_by(Document.id)
    ):
        found.setdefault(document.source_id, []).append(document)
    return found
