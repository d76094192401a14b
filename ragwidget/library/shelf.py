"""A chatbot's passages as its engine may read them: a short look, then plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, TextClause, func, select, text
from sqlalchemy.orm import Session

from ragwidget.database import reading
from ragwidget.engines.local import shelf
from ragwidget.library import index
from ragwidget.models.passage import Alias, Passage, Scope, ScopeLanguage, Vocabulary
from ragwidget.models.source import Source

# One statement for any number of terms, so that it is planned once.
_HOLDING = {
    "sqlite": text(
        "SELECT term.key AS n, (SELECT group_concat(rowid) FROM (SELECT rowid FROM passages_fts"
        " WHERE passages_fts MATCH term.value LIMIT :most)) AS numbers"
        " FROM json_each(:terms) AS term"
    ),
    "postgresql": text(
        "SELECT term.n - 1 AS n, (SELECT string_agg(rowid::text, ',') FROM (SELECT rowid"
        " FROM passages_fts WHERE array_to_tsvector(array_remove(array_remove("
        # … spelled as in the index over it, or the index is not used
        "string_to_array(terms, ' '), '|'), '')) @@ term.value::tsquery LIMIT :most) AS found)"
        " AS numbers"
        " FROM json_array_elements_text(CAST(:terms AS json)) WITH ORDINALITY AS term(value, n)"
    ),
}
_AMONG = {
    "sqlite": "{} IN (SELECT value FROM json_each(:among))",
    "postgresql": "{} = ANY(:among)",
}
_WORDS_OF_DIALECT = {"sqlite": ('"', " AND ", " OR "), "postgresql": ("'", " & ", " | ")}
_SMALL_SHARE = 0.02  # of the passages; a language below it is likelier a wrong guess
_MOST_SIMILAR = 2000


class Shelf:
    """The passages of one chatbot, read through sessions of its own."""

    def __init__(self, sessions: Callable[[], Session], chatbot_id: UUID) -> None:
        self._sessions = sessions
        self._chatbot_id = chatbot_id

    @contextmanager
    def open(self) -> Iterator[shelf.Reader]:
        """Begin one short look; the connection is given back after it."""
        with reading(), self._sessions() as session:
            yield Reader(session, self._chatbot_id)


class Reader:
    """One short look at a chatbot's passages."""

    def __init__(self, session: Session, chatbot_id: UUID) -> None:
        self._session = session
        self._chatbot_id = chatbot_id
        self._dialect = session.get_bind().dialect.name
        found = select(
            Scope.id, ScopeLanguage.language, ScopeLanguage.passages, ScopeLanguage.terms
        )
        if self._dialect == "postgresql":
            # The planner takes a chatbot's terms for common ones and would read the whole table.
            found = found.add_columns(func.set_config("enable_seqscan", "off", True))
        rows = session.execute(
            found.join(ScopeLanguage, ScopeLanguage.scope_id == Scope.id)
            .where(Scope.chatbot_id == chatbot_id)
            .order_by(ScopeLanguage.passages.desc(), ScopeLanguage.language)
        ).all()
        self._scope = rows[0].id if rows else 0
        count = sum(row.passages for row in rows)
        self.holdings = shelf.Holdings(
            passages=count,
            mean_length=sum(row.terms for row in rows) / count if count else 1.0,
            languages=tuple(row.language for row in rows if row.passages >= count * _SMALL_SHARE),
        )

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each of these terms stands, if in any."""
        return self._counted(
            select(Vocabulary.term, Vocabulary.passages).where(
                Vocabulary.scope_id == self._scope, self._among("passage_vocabulary.term", terms)
            )
        )

    def aliases(self, phrases: Sequence[str]) -> dict[str, str]:
        """Return what these phrases, in stems, stand for on this shelf."""
        rows = self._session.execute(
            select(Alias.phrase, Alias.meaning)
            .where(Alias.scope_id == self._scope, self._among("passage_aliases.phrase", phrases))
            .order_by(Alias.meaning.desc())
        )
        return {row.phrase: row.meaning for row in rows}

    def similar(self, start: str, shortest: int, longest: int) -> dict[str, int]:
        """Return the terms that begin so and are about so long, with their frequencies."""
        return self._counted(
            select(Vocabulary.term, Vocabulary.passages)
            .where(
                Vocabulary.scope_id == self._scope,
                Vocabulary.term >= start,
                Vocabulary.term < start + "\U0010ffff",
                func.length(Vocabulary.term).between(shortest, longest),
            )
            .order_by(Vocabulary.passages.desc(), Vocabulary.term)
            .limit(_MOST_SIMILAR)
        )

    def holding(
        self, wanted: Sequence[tuple[str, bool, int]], source_ids: Sequence[str] = ()
    ) -> list[list[int]]:
        """Return for each wanted (term, prominently, most) the numbers of passages that hold it."""
        if not wanted:
            return []
        quote, both, either = _WORDS_OF_DIALECT[self._dialect]
        sources = either.join(
            f"{quote}{index.of_source(self._scope, source_id)}{quote}" for source_id in source_ids
        )
        restricted = f"{both}({sources})" if sources else ""
        asked = [
            f"{quote}{spell(self._scope, term)}{quote}{restricted}"
            for term, prominently, _ in wanted
            for spell in [index.prominent if prominently else index.term]
        ]
        most = max(most for _, _, most in wanted)
        held: list[list[int]] = [[] for _ in wanted]
        for row in self._session.execute(
            _HOLDING[self._dialect], {"terms": json.dumps(asked), "most": most}
        ):
            if row.numbers:
                numbers = row.numbers.split(",")[: wanted[row.n][2]]
                held[row.n] = [int(number) for number in numbers]
        return held

    def fetch(self, numbers: Sequence[int]) -> list[shelf.Passage]:
        """Return these passages, in this order."""
        found = {
            passage.id: passage for passage in self._passages(self._among("passages.id", numbers))
        }
        return [found[number] for number in numbers if number in found]

    def _passages(self, *which: TextClause) -> list[shelf.Passage]:
        rows = self._session.execute(
            select(
                Passage.id,
                Passage.source_id,
                Source.title,
                Source.kind,
                Source.url,
                Passage.position,
                Passage.heading,
                Passage.page,
                Passage.text,
                index.ROWS.c.terms,
            )
            .join(Source, Source.id == Passage.source_id)
            .join(index.ROWS, index.ROWS.c.rowid == Passage.id)
            .where(Passage.chatbot_id == self._chatbot_id, *which)
        )
        return [self._plain(row) for row in rows]

    def _among(self, name: str, values: Sequence[str] | Sequence[int]) -> TextClause:
        """Return that a column is one of these; the same statement for any number of them."""
        among = list(values) if self._dialect == "postgresql" else json.dumps(list(values))
        return text(_AMONG[self._dialect].format(name)).bindparams(among=among)

    def _plain(self, row: Row[Any]) -> shelf.Passage:
        (title_terms, heading_terms, terms), _ = index.read(self._scope, row.terms)
        return shelf.Passage(
            id=row.id,
            source_id=str(row.source_id),
            title=row.title,
            kind=row.kind,
            url=row.url,
            position=row.position,
            heading=row.heading,
            page=row.page,
            text=row.text,
            title_terms=title_terms,
            heading_terms=heading_terms,
            terms=terms,
        )

    def _counted(self, statement: Select[str, int]) -> dict[str, int]:
        return dict(self._session.execute(statement).all())
