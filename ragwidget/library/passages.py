"""The passages of sources: shelved with their terms, and taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ragwidget.engines.local.definitions import definitions_in
from ragwidget.engines.words import language_of, some_terms_of, terms_of
from ragwidget.library import index
from ragwidget.library.shelf import Shelf
from ragwidget.models.passage import Alias, Passage

__all__ = ["Prepared", "Shelf", "prepare", "shelve", "unshelve", "unshelve_some"]

_BATCH = 500
_LOT = 1000

Row = TypeVar("Row")
Fields = tuple[list[str], list[str], list[str]]  # the terms of title, heading and text


class Piece(Protocol):
    """A piece of a source as its reading cut it."""

    @property
    def position(self) -> int: ...
    @property
    def heading(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def text(self) -> str: ...


class Shelved(Protocol):
    """What is asked of a source."""

    id: UUID
    organization_id: UUID
    chatbot_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pieces with the terms they will be found by."""

    pieces: list[Piece]
    language: str
    fields: list[Fields]
    aliases: set[tuple[str, str]]


def prepare(title: str, pieces: Iterable[Piece]) -> Prepared:
    """Find the terms of a source's pieces. It takes a while, so no transaction should be open."""
    pieces = list(pieces)
    language = language_of(" ".join(piece.text for piece in pieces[:20]))
    title_terms = some_terms_of(title, language)
    aliases: set[tuple[str, str]] = set()
    fields: list[Fields] = []
    for piece in pieces:
        heading_terms = some_terms_of(piece.heading, language)
        fields.append((title_terms, heading_terms, terms_of(piece.text, language)))
        aliases |= definitions_in(piece.text, language)
    return Prepared(pieces, language, fields, aliases)


def shelve(session: Session, source: Shelved, prepared: Prepared) -> int:
    """Put a source's passages in the place of those it had; return how many there are."""
    unshelve(session, source.id)
    if not prepared.pieces:
        return 0
    scope = index.scope_of(session, source.chatbot_id)
    language = prepared.language
    for batch in _batches(list(zip(prepared.pieces, prepared.fields, strict=True))):
        numbers = session.scalars(
            insert(Passage).returning(Passage.id, sort_by_parameter_order=True),
            [
                {
                    "organization_id": source.organization_id,
                    "chatbot_id": source.chatbot_id,
                    "source_id": source.id,
                    "position": piece.position,
                    "heading": piece.heading,
                    "page": piece.page,
                    "text": piece.text,
                }
                for piece, _ in batch
            ],
        ).all()
        session.execute(
            insert(index.ROWS),
            [
                {"rowid": number, "terms": index.spell(scope, source.id, language, fields)}
                for number, (_, fields) in zip(numbers, batch, strict=True)
            ],
        )
    index.count(
        session,
        scope,
        language,
        passages=len(prepared.pieces),
        terms=sum(len(fields[-1]) for fields in prepared.fields),
        frequencies=Counter(
            word for fields in prepared.fields for word in {w for field in fields for w in field}
        ),
    )
    index.name(session, scope, source.id, prepared.aliases)
    return len(prepared.pieces)


def unshelve(session: Session, source_id: UUID) -> None:
    """Take a source's passages away, with what they added to the chatbot's vocabulary."""
    chatbot_id = session.scalar(
        select(Passage.chatbot_id).where(Passage.source_id == source_id).limit(1)
    )
    if chatbot_id is None:
        return
    scope = index.scope_of(session, chatbot_id)
    frequencies: Counter[str] = Counter()
    count = length = 0
    language = ""
    for row in session.scalars(
        select(index.ROWS.c.terms)
        .join(Passage, Passage.id == index.ROWS.c.rowid)
        .where(Passage.source_id == source_id)
    ):
        fields, language = index.read(scope, row)
        frequencies.subtract({word for field in fields for word in field})
        length += len(fields[-1])
        count += 1
    session.execute(delete(Passage).where(Passage.source_id == source_id))
    session.execute(delete(Alias).where(Alias.source_id == source_id))
    index.count(session, scope, language, passages=-count, terms=-length, frequencies=frequencies)


def unshelve_some(session: Session, chatbot_id: UUID) -> int:
    """Take a lot of a chatbot's passages away, in the caller's commit; return how many they were.

    What was counted of them stays counted: the chatbot goes itself.
    """
    lot = session.scalars(select(Passage.id).filter_by(chatbot_id=chatbot_id).limit(_LOT)).all()
    session.execute(delete(Passage).where(Passage.id.in_(lot)))
    return len(lot)


def _batches(pieces: Sequence[Row]) -> Iterator[list[Row]]:
    pending = iter(pieces)
    while batch := list(islice(pending, _BATCH)):
        yield batch
