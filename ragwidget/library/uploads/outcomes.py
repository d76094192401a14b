"""How far a document has come: uploaded, looked at again, ready, failed, or to be begun anew."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select, update

from ragwidget import happenings, metrics
from ragwidget.database import rows_changed
from ragwidget.extensions import db
from ragwidget.library import agenda
from ragwidget.library.documents import ANEW, forsake, let_go, of_source
from ragwidget.library.uploads.claims import Claim, Watch, held
from ragwidget.models import Chatbot, Document, now

FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=6)  # so that all attempts together take about half a day
SHORTEST_LOOK, LONGEST_LOOK = timedelta(seconds=2), timedelta(minutes=1)


def uploaded(claimed: Claim, store: str, name: str, operation: str | None) -> bool:
    """Write down what the service calls the document; False when nobody wants it any more."""
    kept = rows_changed(
        update(Document)
        .where(
            held(claimed),
            # it may have moved to another store meanwhile
            exists().where(Chatbot.id == claimed.chatbot_id, Chatbot.store == store),
        )
        .values(
            state="indexing",
            store=store,
            name=name,
            operation=operation,
            lease_until=None,
            begun_at=now(),
            next_at=now() + SHORTEST_LOOK,
        )
    )
    db.session.commit()
    return bool(kept)


def postpone(claimed: Claim, code: str, words: str, pause: timedelta) -> timedelta | None:
    """Let a document wait for another attempt; return how long, None after the last one.

    The pauses grow, and are never shorter than the given one.
    """
    if claimed.attempt >= agenda.MOST_ATTEMPTS:
        fail(claimed, code, words, unclear=True)
        return None
    pause = max(pause, pause_after(claimed.attempt))
    db.session.execute(
        update(Document)
        .where(held(claimed))
        .values(
            state="waiting",
            lease_until=None,
            next_at=now() + pause,
            error_code=code,
            error=words,
        )
    )
    db.session.commit()
    return pause


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)


def look_later(watched: Watch, pause: timedelta = timedelta()) -> timedelta:
    """Plan the next look and return how long it is until then.

    The longer the indexing takes, the rarer the looks; they are never sooner than `pause`.
    """
    grown = min(max((now() - watched.begun_at) / 3, SHORTEST_LOOK), LONGEST_LOOK)
    pause = max(pause, grown)
    db.session.execute(update(Document).where(held(watched)).values(next_at=now() + pause))
    db.session.commit()
    return pause


def ready(watched: Watch) -> None:
    """Let a document answer from now on and the earlier ones of its source go, in one commit."""
    copies = of_source(db.session(), watched.source_id)
    document = next((copy for copy in copies if copy.id == watched.document_id), None)
    if document and (document.state, document.name) == ("indexing", watched.name):
        document.state, document.ready_at = "ready", now()
        document.operation = document.error = document.error_code = None
        let_go(db.session(), [copy for copy in copies if copy.id < document.id])
    db.session.commit()


def fail(taken: Claim | Watch, code: str, words: str, *, unclear: bool = False) -> None:
    """Say in the owner's words why a document could not be made; what there is of it goes."""
    metrics.SOURCES_FAILED(code=code).inc()
    if document := _locked(taken):
        if unclear or document.name is not None:
            forsake(db.session(), document)
        document.state, document.error_code, document.error = "failed", code, words
        document.name = document.operation = document.lease_until = None
        facts = {"source_id": str(document.source_id)}
        happenings.tell(document.organization_id, document.chatbot_id, "source.failed", facts)
    db.session.commit()


def begin_again(taken: Claim | Watch, pause: timedelta, words: str) -> None:
    """Let a document wait to be uploaded once more: the store has nothing of it."""
    db.session.execute(
        update(Document)
        .where(held(taken))
        .values(**ANEW, next_at=now() + pause, error_code="engine_not_found", error=words)
    )
    db.session.commit()


def _locked(taken: Claim | Watch) -> Document | None:
    return db.session.scalar(
        select(Document)
        .where(held(taken))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
