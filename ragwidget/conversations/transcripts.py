"""The index of what was said: which words stand in a conversation, and in which ones some stand.

Whenever a turn ends, its conversation is written anew under a new number, so that numbers are in
the order of what was said last. Each term carries its chatbot's number and a chapter, which is a
stretch of numbers: a search reads the newest chapter first and goes back only as far as it must,
so that the commonest word costs no more in a large table than in a small one, and nobody's search
reads anything of a neighbour's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, column, delete, func, insert, select, table, text
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.engines.words import stem, surface_words
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, Scope, Transcript

CHAPTER = 8192  # numbers; about as many conversations' last turns
MOST_WORDS = 12  # of a search; nobody remembers more of what was said
MOST_TERMS = 4000  # of a conversation: PostgreSQL takes no vector of a megabyte

_ROWS = table("transcripts_fts", column("rowid"), column("terms"))
_AT_ONCE = 100
_MOST_CHAPTERS = 64  # that one statement reads
_FOUND = {
    "sqlite": text(
        "SELECT rowid FROM transcripts_fts WHERE transcripts_fts MATCH :terms AND rowid < :before"
        " ORDER BY rowid DESC LIMIT :most"
    ),
    # first all that hold the terms: in the order of numbers, it would read the whole table
    "postgresql": text(
        "WITH found AS MATERIALIZED (SELECT rowid FROM transcripts_fts"
        " WHERE array_to_tsvector(string_to_array(terms, ' ')) @@ CAST(:terms AS tsquery))"
        " SELECT rowid FROM found WHERE rowid < :before ORDER BY rowid DESC LIMIT :most"
    ),
}
_SPELLING = {"sqlite": ('"', "*", " AND ", " OR "), "postgresql": ("'", ":*", " & ", " | ")}


def words_in(*texts: str) -> set[str]:
    """Return the words of texts, each with its parts, in lower case and without accents.

    >>> sorted(words_in("Café au lait, Wi-Fi!"))
    ['au', 'cafe', 'fi', 'lait', 'wi', 'wifi']
    """
    found = {stem(word, "") for text in texts for group in surface_words(text) for word in group}
    return found - {""}


def wanted_words(search: str) -> list[str]:
    """Return the words that somebody looks for, the one they may still be typing last.

    >>> wanted_words("Wi-Fi im Café")
    ['wifi', 'im', 'cafe']
    """
    found: list[str] = []
    for whole, *parts in surface_words(search):
        found += [whole] if whole == "".join(parts or [whole]) else [whole, *parts]
    return [word for word in (stem(word, "") for word in found) if word][-MOST_WORDS:]


def add(ended: Iterable[Row[Any]]) -> None:
    """Put the words of turns that ended into the index, in the caller's commit.

    Takes the `conversation_id`, `question_id` and `text` of each answer.
    """
    # in one order, so that two processes that end the same conversations don't wait in a circle
    for answer in sorted(ended, key=lambda answer: answer.conversation_id):
        conversation = _locked(answer.conversation_id)
        if conversation is not None:
            question = select(Message.text).where(Message.id == answer.question_id)
            entry = _entry(conversation, question.scalar_subquery().label("question"))
            words = words_in(conversation.title, entry.question or "", answer.text)
            before = {term.partition("x")[2] for term in (entry.terms or "").split()}
            _write(conversation, entry, [*words, *(before - words)])


def rewrite(conversation_id: UUID) -> None:
    """Index a conversation as it now stands, in the caller's commit."""
    conversation = _locked(conversation_id)
    if conversation is None:
        return
    said = select(Message.text).where(Message.conversation_id == conversation_id)
    words = words_in(conversation.title)
    for spoken in db.session.scalars(said.execution_options(yield_per=200)):
        words |= words_in(spoken)
    _write(conversation, _entry(conversation), words)


def index_missing() -> int:
    """Index the conversations that an earlier version wrote; return how many, in small commits."""
    count, last = 0, UUID(int=0)
    while missing := db.session.scalars(
        select(Conversation.id)
        .outerjoin(Transcript, Transcript.conversation_id == Conversation.id)
        .where(Transcript.id.is_(None), Conversation.id > last)
        .order_by(Conversation.id)
        .limit(_AT_ONCE)
    ).all():
        for last in missing:
            rewrite(last)
        db.session.commit()
        count += len(missing)
    db.session.commit()
    return count


def find(chatbot_id: UUID, words: Sequence[str], before: int | None, most: int) -> list[int]:
    """Return the numbers of a chatbot's conversations that hold all words, the last one's begin."""
    scope = db.session.scalar(select(Scope.id).where(Scope.chatbot_id == chatbot_id))
    newest = db.session.scalar(select(func.max(Transcript.id)))
    if scope is None or newest is None or not words:
        return []
    dialect = db.session.get_bind().dialect.name
    if dialect == "postgresql":
        # the planner takes the words for common ones and would read the whole table
        db.session.execute(select(func.set_config("enable_seqscan", "off", True)))
    before = newest + 1 if before is None else min(before, newest + 1)
    found: list[int] = []
    for chapters in _backwards((before - 1) // CHAPTER):
        terms = _spell_wanted(dialect, scope, chapters, words)
        asked = {"terms": terms, "before": before, "most": most - len(found)}
        found += db.session.scalars(_FOUND[dialect], asked)
        if len(found) >= most:
            break
    return found


def _locked(conversation_id: UUID) -> Row[UUID, UUID, str] | None:
    """Return what a conversation is called, and keep others from indexing it until the commit."""
    return db.session.execute(
        select(Conversation.id, Conversation.chatbot_id, Conversation.title)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True)
    ).first()


def _entry(conversation: Row[UUID, UUID, str], *more: Any) -> Row[Any]:
    """Return what the index has of a conversation; a statement of its own sees the newest."""
    number = select(Transcript.id).where(Transcript.conversation_id == conversation.id)
    return db.session.execute(
        select(
            select(Scope.id)
            .where(Scope.chatbot_id == conversation.chatbot_id)
            .scalar_subquery()
            .label("scope"),
            number.scalar_subquery().label("number"),
            select(_ROWS.c.terms)
            .where(_ROWS.c.rowid == number.scalar_subquery())
            .scalar_subquery()
            .label("terms"),
            *more,
        )
    ).one()


def _write(conversation: Row[UUID, UUID, str], entry: Row[Any], words: Iterable[str]) -> None:
    if entry.number is not None:
        db.session.execute(delete(Transcript).where(Transcript.id == entry.number))
    number = db.session.scalar(
        insert(Transcript).values(conversation_id=conversation.id).returning(Transcript.id)
    )
    assert number is not None  # it was inserted just now
    scope = entry.scope or _scope_of(conversation.chatbot_id)
    chapter = number // CHAPTER
    terms = " ".join(spell(scope, chapter, word) for word in islice(words, MOST_TERMS))
    db.session.execute(insert(_ROWS).values(rowid=number, terms=terms))


def _scope_of(chatbot_id: UUID) -> int:
    """Give a chatbot that has read nothing yet its number."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(dialect.insert(Scope).values(chatbot_id=chatbot_id).on_conflict_do_nothing())
    return db.session.execute(select(Scope.id).where(Scope.chatbot_id == chatbot_id)).scalar_one()


def spell(scope: int, chapter: int, word: str) -> str:
    """Spell a term of the index."""
    return f"{scope}c{chapter}x{word}"


def _spell_wanted(dialect: str, scope: int, chapters: Iterable[int], words: Sequence[str]) -> str:
    quote, begins, both, either = _SPELLING[dialect]
    # a word is letters and digits alone, so nothing that was typed becomes the query's own
    return either.join(
        "("
        + both.join(f"{quote}{spell(scope, chapter, word)}{quote}" for word in words)
        + f"{begins})"
        for chapter in chapters
    )


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
