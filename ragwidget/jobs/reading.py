"""Reading a source into passages."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import chatbots, library, logs
from ragwidget.extensions import db
from ragwidget.ingest.reader import Limits, Piece, Summary, Unreadable, read_file, read_text
from ragwidget.jobs import leases
from ragwidget.library import Claim, OriginalMissing, Originals, OriginalsUnreachable

log = structlog.get_logger("ragwidget.jobs")

RENEW_EVERY_SECONDS = 0.5  # so often its progress is written down, too


def read_source(source_id: str) -> None:
    """Read one source, if it is due; whatever goes wrong ends up in its row."""
    claimed = library.claim(UUID(source_id))
    if claimed is None:
        return
    db.session.remove()
    logs.about(chatbot=claimed.chatbot_id, source=claimed.source_id)
    try:
        summary, pieces = _read(claimed)
        if library.shelve(claimed, pieces, format=summary.kind, page_count=summary.page_count):
            log.info("source read", source_id=source_id, passages=len(pieces))
    except Unreadable as unreadable:
        log.info("source not readable", source_id=source_id, code=unreadable.code)
        library.fail(claimed, unreadable.code, unreadable.message)
    except OriginalMissing as missing:
        log.error("the original is missing", source_id=source_id)
        library.fail(claimed, missing.code, missing.message)
    except OriginalsUnreachable:
        library.put_off(claimed)
    except SQLAlchemyError:
        db.session.rollback()
        raise  # the lease runs out and the sweep tries again
    except Exception:
        db.session.rollback()
        log.exception("reading failed", source_id=source_id)
        library.fail(
            claimed, "internal", "Reading failed on our side. Try again, or tell your operator."
        )
    finally:
        db.session.remove()
    chatbots.settle(claimed.chatbot_id)


def _read(claimed: Claim) -> tuple[Summary, list[Piece]]:
    config = current_app.config
    limits = Limits(
        max_bytes=config["MAX_FILE_BYTES"],
        max_pages=config["MAX_PAGES"],
        max_chars=config["MAX_SOURCE_CHARS"],
        max_seconds=config["READ_SECONDS"],
        max_memory_bytes=config["READ_MEMORY_BYTES"],
    )
    if claimed.kind == "qa":
        # one piece, however long: it is answered word for word
        piece = Piece(0, claimed.question or "", None, claimed.text or "")
        return Summary("qa", claimed.title, None), [piece]
    if claimed.kind == "text":
        return read_text(claimed.title, claimed.text or "", limits)
    assert claimed.original is not None
    originals: Originals = current_app.extensions["originals"]
    percent = 0

    def tell(done: int, total: int | None) -> None:
        nonlocal percent
        percent = 100 * done // total if total else 0
        if lost.is_set():
            raise Unreadable("gone", "It was deleted while it was being read.")

    with (
        leases.kept(lambda: library.advance(claimed, percent), RENEW_EVERY_SECONDS) as lost,
        originals.opened(claimed.original) as path,
    ):
        return read_file(path, claimed.title, limits, tell)
