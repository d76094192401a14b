"""What runs behind the pages: the queue, its tasks, and the sweep that forgets nothing.

A source's own row is the truth about its reading. A message in the queue only wakes a worker
up: huey loses the task that a killed worker was at, so a sweep wakes up for every row that waits
or whose lease ran out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from flask_mailman import EmailMessage
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import conversations, library
from ragwidget.extensions import db
from ragwidget.ingest.reader import Limits, Piece, Summary, Unreadable, read_file, read_text
from ragwidget.library import Claim, Originals

log = structlog.get_logger("ragwidget.jobs")

RENEW_EVERY_SECONDS = 0.5  # so often its progress is written down, too


class Worker(Consumer):
    """huey's consumer, without hands on the signals of the process it lives in."""

    def _set_signal_handlers(self) -> None:
        pass


def init_app(app: Flask) -> None:
    """Make the app's queue and tell it its tasks."""
    huey = _queue(app.config["QUEUE_URL"], app.config["INSTANCE"])
    app.extensions["originals"] = Originals(Path(app.instance_path) / "originals")
    app.extensions["huey"] = huey

    def in_app(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            with app.app_context():
                return work(*arguments)

        run.__name__ = work.__name__
        return run

    app.extensions["wake"] = huey.task()(in_app(read_source))
    app.extensions["post"] = huey.task(retries=5, retry_delay=60)(in_app(post))
    huey.periodic_task(crontab(minute="*"))(in_app(sweep))


def wake(source_id: UUID) -> None:
    """Tell a worker that a source waits. Should the queue be away, the sweep will find it."""
    try:
        current_app.extensions["wake"](str(source_id))
    except Exception:
        log.exception("the queue is out of reach", source_id=str(source_id))


def post(subject: str, recipient: str, sender: str, body: str) -> None:
    """Send one mail; the queue tries again when the mail server is away."""
    EmailMessage(subject, body, sender, [recipient]).send()


def start_worker(app: Flask, threads: int = 1) -> Worker:
    """Begin to work in threads of this process; `stop()` the result to end."""
    worker = Worker(
        app.extensions["huey"],
        workers=threads,
        initial_delay=0.1,
        max_delay=0.5,
        check_worker_health=False,
    )
    with app.app_context():
        sweep()
    worker.start()
    return worker


def work_off() -> int:
    """Read everything that waits, here and now; return how many sources were read."""
    count = 0
    while waiting := library.due():
        for source_id in waiting:
            read_source(str(source_id))
            count += 1
    return count


def sweep() -> None:
    """Wake up for what waits, and close the answers whose process died."""
    for source_id in library.due():
        wake(source_id)
    conversations.close_interrupted()


def read_source(source_id: str) -> None:
    """Read one source, if it is due; whatever goes wrong ends up in its row."""
    claimed = library.claim(UUID(source_id))
    if claimed is None:
        return
    db.session.remove()
    try:
        summary, pieces = _read(claimed)
        if library.shelve(claimed, pieces, format=summary.kind, page_count=summary.page_count):
            log.info("source read", source_id=source_id, passages=len(pieces))
    except Unreadable as unreadable:
        log.info("source not readable", source_id=source_id, code=unreadable.code)
        library.fail(claimed, unreadable.code, unreadable.message)
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
    with originals.opened(claimed.original) as path, _kept_alive(claimed) as tell:
        return read_file(path, claimed.title, limits, tell)


@contextmanager
def _kept_alive(claimed: Claim) -> Iterator[Callable[[int, int | None], None]]:
    """Keep a claim's lease while its file is read; yields what takes the reading's progress."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    percent = 0
    over = threading.Event()
    lost = threading.Event()

    def tell(done: int, total: int | None) -> None:
        nonlocal percent
        percent = 100 * done // total if total else 0
        if lost.is_set():
            raise Unreadable("gone", "It was deleted while it was being read.")

    def renew() -> None:
        while not over.wait(RENEW_EVERY_SECONDS):
            try:
                with app.app_context():
                    if not library.advance(claimed, percent):
                        lost.set()
            except SQLAlchemyError:
                log.exception("a lease was not renewed", source_id=str(claimed.source_id))

    keeper = threading.Thread(target=renew, name="lease", daemon=True)
    keeper.start()
    try:
        yield tell
    finally:
        over.set()
        keeper.join()


def _queue(url: str, instance: str) -> Huey:
    if url.startswith("postgresql"):
        return PostgresHuey("ragwidget", dsn=url.replace("+psycopg", ""), results=False)
    if url.startswith(("redis", "valkey")):
        return RedisHuey("ragwidget", url=url.replace("valkey", "redis", 1), results=False)
    return SqliteHuey("ragwidget", filename=str(Path(instance) / "queue.db"), results=False)
