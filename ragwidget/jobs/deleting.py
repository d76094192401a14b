"""Deleting elsewhere what is on the outbox, as often as it takes."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import current_app

from ragwidget import gemini_keys, library, outbox
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini
from ragwidget.extensions import db, this_app
from ragwidget.library import OriginalsUnreachable
from ragwidget.outbox import Errand

log = structlog.get_logger("ragwidget.jobs")

NO_KEY = "The API key that it was made with is not known here any more."
NEEDED = "It is still in use."
BUSY = "Something of the same source is being uploaded."
KEYLESS = {"engine_key", "engine_forbidden"}


def delete(errand_id: str) -> bool:
    """Run one errand, if it is due; tell whether it was."""
    errand = outbox.claim(UUID(errand_id))
    if errand is None:
        return False
    try:
        if outbox.needed(errand):
            outbox.defer(errand, NEEDED)
        elif errand.kind == "original":
            current_app.extensions["originals"].forget(errand.name)
            outbox.done(errand)
        else:
            _delete_there(errand)
    except ServiceFailed as trouble:
        pause = outbox.WITHOUT_KEY if trouble.code in KEYLESS else None
        outbox.defer(errand, trouble.hint, pause)
    except OriginalsUnreachable as away:
        outbox.defer(errand, away.reason)
    except Exception as problem:
        db.session.rollback()
        log.exception("nothing was deleted; it is tried again", kind=errand.kind, name=errand.name)
        outbox.defer(errand, f"{type(problem).__name__}: {problem}")
    finally:
        db.session.remove()
    return True


def _delete_there(errand: Errand) -> None:
    app = this_app()
    service = gemini_keys.gemini_with(app, errand.sealed_key)
    if service is None:
        outbox.defer(errand, NO_KEY, outbox.WITHOUT_KEY)
        return
    if errand.source is not None:
        _delete_strays(service, errand, *errand.source)
        return
    if errand.kind == "store":
        service.delete_store(errand.name)
    else:
        service.delete_document(errand.name)
    outbox.done(errand)


def _delete_strays(service: Gemini, errand: Errand, store: str, source_id: UUID) -> None:
    """Delete all that a store holds of a source and no row of ours knows."""
    try:
        names = [found.name for found in service.find_documents(store, str(source_id))]
    except ServiceFailed as trouble:
        if trouble.code != "engine_not_found":
            raise
        names = []
    unknown = library.documents.unknown_of(source_id, names)
    if unknown is None:
        outbox.defer(errand, BUSY)
        return
    for name in unknown:
        service.delete_document(name)
    outbox.done(errand)
