"""How a passage's terms are spelled in the index, and counted in the vocabulary.

Each term is spelled with its chatbot's number in front, so that a search reads lists that hold
nothing of anybody else's: a neighbour can be neither met nor felt. A row's fields are the terms of
the title, of the heading and of the text, in their order, and then its marks: the prominent terms,
the source and the language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import column, delete, insert, select, table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ragwidget.models.passage import Alias, Scope, ScopeLanguage, Vocabulary

ROWS = table("passages_fts", column("rowid"), column("terms"))
_BETWEEN_FIELDS = " | "
_BATCH = 1000
_LONGEST_ALIAS = 100


def term(scope: int, word: str) -> str:
    """Spell a term."""
    return f"{scope}x{word}"


def prominent(scope: int, word: str) -> str:
    """Spell a term that stands in a title or heading, or more than once."""
    return f"{scope}y{word}"


def of_source(scope: int, source_id: UUID | str) -> str:
    """Spell the mark of a source."""
    return f"{scope}s{UUID(str(source_id)).hex}"


def of_language(scope: int, language: str) -> str:
    """Spell the mark of a language."""
    return f"{scope}l{language}"


def spell(scope: int, source_id: UUID, language: str, fields: Sequence[Sequence[str]]) -> str:
    """Spell the row of a passage whose fields (title, heading, text) have these terms."""
    counts = Counter(fields[-1])
    loud = {word for field in fields[:-1] for word in field}
    loud.update(word for word, count in counts.items() if count > 1)
    marks = [
        *(prominent(scope, word) for word in sorted(loud)),
        of_source(scope, source_id),
        of_language(scope, language),
    ]
    spelled = [" ".join(term(scope, word) for word in field) for field in fields]
    return _BETWEEN_FIELDS.join([*spelled, " ".join(marks)])


def read(scope: int, row: str) -> tuple[list[tuple[str, ...]], str]:
    """Return the terms of each field of a row, and its language."""
    *fields, marks = row.split("|")
    spelled = f" {term(scope, '')}"
    language = marks.rsplit(None, 1)[-1][len(of_language(scope, "")) :]
    return [tuple(f" {field}".replace(spelled, " ").split()) for field in fields], language


def scope_of(session: Session, chatbot_id: UUID) -> int:
    """Return a chatbot's number, and keep others from shelving for it until the commit."""
    session.execute(
        _dialect(session)
        .insert(Scope)
        .values(chatbot_id=chatbot_id)
        .on_conflict_do_nothing(index_elements=[Scope.chatbot_id])
    )
    return session.execute(
        select(Scope.id).where(Scope.chatbot_id == chatbot_id).with_for_update()
    ).scalar_one()


def count(
    session: Session,
    scope: int,
    language: str,
    *,
    passages: int,
    terms: int,
    frequencies: Mapping[str, int],
) -> None:
    """Add to what is known of a chatbot's words; negative numbers take away."""
    _add(
        session,
        ScopeLanguage,
        ["scope_id", "language"],
        [{"scope_id": scope, "language": language, "passages": passages, "terms": terms}],
    )
    _add(
        session,
        Vocabulary,
        ["scope_id", "term"],
        [
            {"scope_id": scope, "term": word, "passages": frequency}
            for word, frequency in sorted(frequencies.items())
        ],
    )
    if passages < 0:
        for counted in (Vocabulary, ScopeLanguage):
            gone = delete(counted).where(counted.scope_id == scope, counted.passages <= 0)
            session.execute(gone)


def name(session: Session, scope: int, source_id: UUID, aliases: Iterable[tuple[str, str]]) -> None:
    """Keep what a source says that words stand for."""
    rows = [
        {"scope_id": scope, "source_id": source_id, "phrase": phrase, "meaning": meaning}
        for phrase, meaning in sorted(aliases)
        if len(phrase) <= _LONGEST_ALIAS and len(meaning) <= _LONGEST_ALIAS
    ]
    if rows:
        session.execute(insert(Alias), rows)


def _add(session: Session, counted: Any, keys: list[str], rows: Iterable[dict[str, Any]]) -> None:
    """Insert the counters, or add to those that are there."""
    statement = _dialect(session).insert(counted)
    counters = [c.name for c in counted.__table__.columns if c.name not in keys]
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={
            name: counted.__table__.c[name] + getattr(statement.excluded, name) for name in counters
        },
    )
    pending = iter(rows)
    while batch := list(islice(pending, _BATCH)):
        session.execute(statement, batch)


def _dialect(session: Session) -> Any:
    """Return the module whose `insert` knows `ON CONFLICT` here."""
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
