"""What waits for the jobs, as the rows say."""

from __future__ import annotations

from sqlalchemy import func, select

from ragwidget.database import reading
from ragwidget.extensions import db
from ragwidget.models import Deletion, Document, Source, now


def waiting() -> dict[str, int]:
    """Return how many sources, documents and deletions wait."""
    wanted = {
        "sources": select(func.count()).select_from(Source).filter_by(state="waiting"),
        "documents": select(func.count()).select_from(Document).filter_by(state="waiting"),
        "deletions": select(func.count()).select_from(Deletion).where(Deletion.next_at <= now()),
    }
    with reading():
        return {what: db.session.scalars(count).one() for what, count in wanted.items()}
