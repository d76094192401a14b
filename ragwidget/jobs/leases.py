"""Keeping a lease for as long as the work takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ragwidget.extensions import this_app

log = structlog.get_logger("ragwidget.jobs")


@contextmanager
def kept(renew: Callable[[], bool], every_seconds: float) -> Iterator[threading.Event]:
    """Renew a lease from time to time; yields what is set once it was lost."""
    app = this_app()
    over, lost = threading.Event(), threading.Event()

    def keep() -> None:
        while not over.wait(every_seconds):
            try:
                with app.app_context():
                    if not renew():
                        lost.set()
            except SQLAlchemyError:
                log.exception("a lease was not renewed")

    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield lost
    finally:
        over.set()
        keeper.join()
