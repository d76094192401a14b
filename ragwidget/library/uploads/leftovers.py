"""What earlier attempts left in a store: a copy to go on with, and what must go again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ragwidget import outbox
from ragwidget.extensions import db
from ragwidget.library.documents import unknown_of
from ragwidget.library.uploads.claims import Claim


class Found(Protocol):
    """A document as the service lists it."""

    @property
    def name(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def state(self) -> str: ...


Copy = TypeVar("Copy", bound=Found)


def adoptable(claimed: Claim, found: Sequence[Copy]) -> tuple[Copy | None, list[str]]:
    """Sort what a store holds of a source: the copy to go on with, and what no row knows.

    There is a copy when an upload ended well and the process that made it did not.
    """
    names = [one.name for one in found]
    unknown = unknown_of(claimed.source_id, names, but=claimed.document_id) or []
    leaving = outbox.among("document", names)
    usable = [
        one
        for one in found
        if one.name in unknown
        and one.name not in leaving
        and one.content_hash == claimed.content.hash
        and one.state in ("pending", "ready")
    ]
    copy = min(usable, key=lambda one: one.state != "ready", default=None)
    return copy, [name for name in unknown if copy is None or name != copy.name]


def forget(claimed: Claim, names: Sequence[str]) -> None:
    """Put documents on the outbox that no row knows."""
    sealed = outbox.key_of(claimed.organization_id, claimed.store_key)
    for name in names:
        outbox.put(db.session(), "document", name, claimed.organization_id, sealed)
    db.session.commit()
