"""Bringing a source into its chatbot's File Search store, and watching it being indexed there.

No worker waits for an indexing: each look is a short job that plans the next one.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import chatbots, library, logs
from ragwidget.engines.file_search.exchange import Polled
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini
from ragwidget.extensions import db
from ragwidget.jobs import leases, stores
from ragwidget.jobs.queue import tell
from ragwidget.library import OriginalMissing, Originals, OriginalsUnreachable, uploads
from ragwidget.models import now

log = structlog.get_logger("ragwidget.jobs")

RENEW_EVERY_SECONDS = 15.0
MIME_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "markdown": "text/markdown",
}
NO_KEY = "There is no Gemini API key. Enter one for your organization, and try again."
TIMED_OUT = (
    "Gemini did not finish indexing this in {minutes} minutes. Try again later, or split it into "
    "smaller files."
)
NOT_INDEXED = "Gemini could not index this. Check that it can be opened and holds text."
GONE = "Gemini has this no more. Look in Google AI Studio whether somebody deletes it there."
OTHER_KEY = "It waits until the API key opens the store of this chatbot, or another one is made."
OUR_FAULT = "Uploading failed on our side. Try again, or tell your operator."


def index_document(document_id: str) -> bool:
    """Do what is next for one document, if it is due; whatever goes wrong ends up in its row."""
    taken = uploads.claim(UUID(document_id)) or uploads.watch(UUID(document_id))
    if taken is None:
        return False
    db.session.remove()
    logs.about(organization=taken.organization_id, chatbot=taken.chatbot_id)
    try:
        if isinstance(taken, uploads.Claim):
            _upload(taken)
        else:
            _look(taken)
    except ServiceFailed as trouble:
        log.info("document not indexed", document_id=document_id, code=trouble.code)
        _explain(taken, trouble)
    except OriginalMissing as missing:
        log.error("the original is missing", document_id=document_id)
        uploads.fail(taken, missing.code, missing.message)
    except OriginalsUnreachable as away:
        _explain(taken, ServiceFailed(away.code, away.message, retryable=True))
    except SQLAlchemyError:
        db.session.rollback()
        raise  # the lease runs out and the sweep tries again
    except Exception:
        db.session.rollback()
        log.exception("indexing failed", document_id=document_id)
        uploads.fail(taken, "internal", OUR_FAULT)
    finally:
        db.session.remove()
    chatbots.settle(taken.chatbot_id)
    wake_next(taken.chatbot_id)
    return True


def wake_next(chatbot_id: UUID) -> None:
    """Wake up for those of a chatbot's documents whose turn it is."""
    waiting = library.agenda.next_up(chatbot_id)
    db.session.commit()
    for document_id in waiting:
        tell("index", document_id)


def _upload(claimed: uploads.Claim) -> None:
    fingerprint = stores.key_in_force(claimed.organization_id)
    service = stores.service_for(claimed.organization_id)
    if service is None:
        uploads.fail(claimed, "engine_key", NO_KEY)
        return
    if claimed.store and claimed.store_key != fingerprint:
        uploads.begin_again(claimed, uploads.pause_after(claimed.attempt), OTHER_KEY)
        stores.look_after(str(claimed.chatbot_id))
        return
    with leases.kept(lambda: uploads.renew(claimed), RENEW_EVERY_SECONDS):
        store = claimed.store or stores.open_store(service, fingerprint, claimed)
        if store is None:
            return
        name, operation = _adopted(service, store, claimed), None
        if name is None:
            with _lent(claimed) as (path, mime_type):
                done = service.upload(
                    store,
                    path,
                    display_name=claimed.title,
                    source_id=str(claimed.source_id),
                    content_hash=claimed.content.hash,
                    mime_type=mime_type,
                )
            name, operation = done.document, done.operation
    if uploads.uploaded(claimed, store, name, operation):
        tell("index", claimed.document_id, uploads.SHORTEST_LOOK)
    else:
        uploads.forget(claimed, [name])


def _adopted(service: Gemini, store: str, claimed: uploads.Claim) -> str | None:
    """Return what an upload left behind whose process died, to go on with; the rest goes."""
    if not claimed.unclear:
        return None
    found = service.find_documents(store, str(claimed.source_id))
    copy, strays = uploads.adoptable(claimed, found)
    uploads.forget(claimed, strays)
    return copy.name if copy else None


def _look(watched: uploads.Watch) -> None:
    service = stores.service_for(watched.organization_id)
    if service is None:
        uploads.fail(watched, "engine_key", NO_KEY)
        return
    limit = timedelta(seconds=current_app.config["GEMINI_INDEX_SECONDS"])
    late = now() - watched.begun_at > limit
    polled = None if late else _polled(service, watched.operation)
    if polled and polled.done and (polled.error or polled.code):
        uploads.fail(watched, "not_indexed", _not_indexed(polled.error))
        return
    if polled and not polled.done:
        look_again(watched)
        return
    match service.document_state(watched.name):
        case "ready":
            uploads.ready(watched)
        case "failed":
            uploads.fail(watched, "not_indexed", _not_indexed())
        case "gone":
            _begin_again(watched, GONE)
        case _ if late:
            minutes = max(1, round(limit.total_seconds() / 60))
            uploads.fail(watched, "timed_out", TIMED_OUT.format(minutes=minutes))
        case _:
            look_again(watched)


def _polled(service: Gemini, operation: str | None) -> Polled | None:
    """Return how an operation stands, None where there is none or it is forgotten already."""
    try:
        return service.poll(operation) if operation else None
    except ServiceFailed as trouble:
        if trouble.code != "engine_not_found":
            raise
        return None


def look_again(watched: uploads.Watch, pause: timedelta = timedelta()) -> None:
    """Plan the next look at an indexing."""
    tell("index", watched.document_id, uploads.look_later(watched, pause))


def _explain(taken: uploads.Claim | uploads.Watch, trouble: ServiceFailed) -> None:
    """Write down what the service's trouble means for a document."""
    if trouble.code == "engine_not_found":
        try:
            _begin_again(taken, trouble.hint)
            return
        except ServiceFailed as another:
            trouble = another
    pause = timedelta(seconds=trouble.retry_after or 0)
    if not trouble.retryable:
        uploads.fail(taken, trouble.code, trouble.hint)
    elif isinstance(taken, uploads.Watch):
        look_again(taken, pause)
    elif again := uploads.postpone(taken, trouble.code, trouble.hint, pause):
        tell("index", taken.document_id, again)


def _begin_again(taken: uploads.Claim | uploads.Watch, words: str) -> None:
    """Upload what the store has no more once again, to another store where that is gone as well."""
    attempts, pause = taken.attempt, uploads.pause_after(taken.attempt)
    service = stores.service_for(taken.organization_id)
    if service and taken.store and not service.has_store(taken.store):
        log.warning("a store is gone", chatbot_id=str(taken.chatbot_id), store=taken.store)
        chatbots.lose_store(taken.chatbot_id, taken.store, attempts=attempts, pause=pause)
    else:
        uploads.begin_again(taken, pause, words)
    tell("index", taken.document_id, pause)


@contextmanager
def _lent(claimed: uploads.Claim) -> Iterator[tuple[Path, str | None]]:
    """Lend what is uploaded as a file, with its type where that is known."""
    if claimed.content.original is not None:
        originals: Originals = current_app.extensions["originals"]
        with originals.opened(claimed.content.original) as path:
            yield path, _mime_type(claimed, path)
        return
    with TemporaryDirectory(prefix="ragwidget-") as folder:
        path = Path(folder, "source.txt")
        path.write_text(claimed.content.text or "", encoding="utf-8", errors="ignore", newline="")
        yield path, "text/plain"


def _mime_type(claimed: uploads.Claim, path: Path) -> str | None:
    """Return a file's type: what it was recognized as, or else what its name says."""
    if claimed.format in MIME_TYPES:
        return MIME_TYPES[claimed.format]
    with path.open("rb") as file:
        if b"%PDF-" in file.read(1024):
            return MIME_TYPES["pdf"]
    return mimetypes.guess_type(claimed.title)[0]


def _not_indexed(said: str = "") -> str:
    return NOT_INDEXED + (f" It said: “{said[:300]}”" if said else "")
