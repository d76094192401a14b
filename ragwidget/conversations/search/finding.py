"""Asking the index of what was said for the conversations that hold words and facets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text

from ragwidget.conversations.search import transcripts
from ragwidget.database import writing
from ragwidget.engines.words import stem, surface_words
from ragwidget.extensions import db
from ragwidget.models import Message, Scope, Transcript

MOST_WORDS = 12  # of a search; nobody remembers more of what was said
_MOST_AT_ONCE = 500  # answers that somebody who searches may wait for
_MOST_CHAPTERS = 64  # that one statement reads
_FOUND = {
    "sqlite": "SELECT rowid FROM transcripts_fts WHERE transcripts_fts MATCH :terms"
    " AND rowid {side} :after ORDER BY rowid {order} LIMIT :most",
    # First all that hold the terms: in the order of numbers, it would read the whole table. And
    # chapter by chapter: for each row that may match, the index weighs every term of its query.
    "postgresql": "WITH found AS MATERIALIZED (SELECT rowid"
    " FROM unnest(CAST(:terms AS tsquery[])) AS chapter (terms) JOIN transcripts_fts AS said"
    " ON array_to_tsvector(string_to_array(said.terms, ' ')) @@ chapter.terms)"
    " SELECT rowid FROM found WHERE rowid {side} :after ORDER BY rowid {order} LIMIT :most",
}
_NEWEST, _OLDEST = {"side": "<", "order": "DESC"}, {"side": ">", "order": "ASC"}


@dataclass(frozen=True, slots=True)
class _Spelling:
    quote: str
    begins: str
    both: str
    either: str
    neither: str


_SPELLING = {
    "sqlite": _Spelling('"', "*", " AND ", " OR ", " NOT "),
    "postgresql": _Spelling("'", ":*", " & ", " | ", " & ! "),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the conversations hold that somebody looks for."""

    words: Sequence[str]  # all of them; of the last one, the beginning is enough
    facets: Sequence[str] = ()  # all of them
    either: Sequence[Sequence[str]] = ()  # of each of these, one at least
    without: Sequence[str] = ()  # none of them


def wanted_words(search: str) -> list[str]:
    """Return the words that somebody looks for, the one they may still be typing last.

    >>> wanted_words("Wi-Fi im Café")
    ['wifi', 'im', 'cafe']
    """
    found: list[str] = []
    for whole, *parts in surface_words(search):
        found += [whole] if whole == "".join(parts or [whole]) else [whole, *parts]
    return [word for word in (stem(word, "") for word in found) if word][-MOST_WORDS:]


def catch_up(chatbot_id: UUID) -> None:
    """Index what was said a moment ago, in a commit of its own, unless a job was quicker."""
    waiting = select(Message.id).where(Message.to_index, Message.chatbot_id == chatbot_id)
    if db.session.scalar(waiting.limit(1)) is None:
        return
    db.session.commit()  # of what may only read, before something is written
    with writing():
        transcripts.index_ended(chatbot_id, _MOST_AT_ONCE)


def find(
    chatbot_id: UUID, wanted: Wanted, after: int | None, most: int, *, oldest: bool = False
) -> list[int]:
    """Return the numbers of a chatbot's conversations that hold all that is wanted.

    The last one's comes first, or the oldest one's; behind a number, if there is one. What was said
    a moment ago is found, too.
    """
    if after is None or oldest:
        catch_up(chatbot_id)
    scope = db.session.scalar(select(Scope.id).where(Scope.chatbot_id == chatbot_id))
    newest = db.session.scalar(select(func.max(Transcript.id)))
    if scope is None or newest is None:
        return []
    dialect = db.session.get_bind().dialect.name
    if dialect == "postgresql":
        # the planner takes the words for common ones and would read the whole table
        db.session.execute(select(func.set_config("enable_seqscan", "off", True)))
    statement = text(_FOUND[dialect].format(**(_OLDEST if oldest else _NEWEST)))
    if oldest:
        after = max(0, after or 0)
        all_chapters = _forwards((after + 1) // transcripts.CHAPTER, newest // transcripts.CHAPTER)
    else:
        after = newest + 1 if after is None else min(after, newest + 1)
        all_chapters = _backwards((after - 1) // transcripts.CHAPTER)
    found: list[int] = []
    for chapters in all_chapters:
        how = _SPELLING[dialect]
        spelled = [_spell_chapter(how, scope, chapter, wanted) for chapter in chapters]
        terms = spelled if dialect == "postgresql" else how.either.join(spelled)
        asked = {"terms": terms, "after": after, "most": most - len(found)}
        found += db.session.scalars(statement, asked)
        if len(found) >= most:
            break
    return found


def _spell_chapter(how: _Spelling, scope: int, chapter: int, wanted: Wanted) -> str:
    # a word is letters and digits alone, so nothing that was typed becomes the query's own
    def spelled(*terms: str) -> list[str]:
        return [
            f"{how.quote}{transcripts.spell(scope, chapter, term)}{how.quote}" for term in terms
        ]

    must = spelled(*wanted.facets, *(f"x{word}" for word in wanted.words))
    if wanted.words:
        must[-1] += how.begins
    must += [f"({how.either.join(spelled(*some))})" for some in wanted.either]
    query = how.both.join(must)
    if wanted.without:
        query = f"({query}){how.neither}({how.either.join(spelled(*wanted.without))})"
    return f"({query})"


def _backwards(newest: int) -> Iterator[range]:
    """Yield stretches of chapters from the newest on, each longer than the one before.

    >>> [list(chapters) for chapters in _backwards(7)]
    [[7], [6, 5, 4, 3], [2, 1, 0]]
    """
    count = 1
    while newest >= 0:
        oldest = max(newest - count, -1)
        yield range(newest, oldest, -1)
        newest, count = oldest, min(count * 4, _MOST_CHAPTERS)


def _forwards(oldest: int, newest: int) -> Iterator[range]:
    """Yield stretches of chapters from an old one on.

    >>> [list(chapters) for chapters in _forwards(0, 7)]
    [[0], [1, 2, 3, 4], [5, 6, 7]]
    """
    count = 1
    while oldest <= newest:
        end = min(oldest + count, newest + 1)
        yield range(oldest, end)
        oldest, count = end, min(count * 4, _MOST_CHAPTERS)
