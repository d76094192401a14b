"""The index of what was said: which words stand in a conversation, and in which ones some stand.

When a turn has ended, its conversation is written anew under a new number, so that numbers are in
the order of what was said last. That happens some seconds behind it, by a job for many at once or
by whoever searches, so that nobody who chats waits for it. Each term carries its chatbot's number
and a chapter, which is a stretch of numbers: a search reads the newest chapter first and goes back
only as far as it must, so that the commonest word costs no more in a large table than in a small
one, and nobody's search reads anything of a neighbour's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, column, delete, func, insert, select, table, text, update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.engines.words import stem, surface_words
from ragwidget.extensions import db, writing
from ragwidget.models import Conversation, Message, Scope, Transcript

CHAPTER = 8192  # numbers; about as many conversations' last turns
MOST_WORDS = 12  # of a search; nobody remembers more of what was said
MOST_TERMS = 4000  # of a conversation: PostgreSQL takes no vector of a megabyte

_ROWS = table("transcripts_fts", column("rowid"), column("terms"))
_AT_ONCE = 100
_MOST_AT_SEARCH = 500  # answers that somebody who searches may wait for
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


def index_ended(chatbot_id: UUID | None = None, most: int | None = None) -> int:
    """Index the answers that ended since the last time; return how many, in small commits.

    Each says in its own row that it is to be indexed, from the commit that ended it on.
    """
    waiting = (
        select(Message.id, Message.conversation_id, Message.question_id, Message.text)
        .where(Message.to_index)
        .order_by(Message.completed_at)
        .limit(_AT_ONCE)
    )
    if chatbot_id is not None:
        waiting = waiting.where(Message.chatbot_id == chatbot_id)
    count = 0
    while (most is None or count < most) and (ended := db.session.execute(waiting).all()):
        _add(ended)
        db.session.commit()
        count += len(ended)
    db.session.commit()
    return count


def rewrite(conversation_id: UUID) -> None:
    """Index a conversation as it now stands, in the caller's commit."""
    conversation = _lock([conversation_id]).get(conversation_id)
    if conversation is None:
        return
    said = select(Message.text).where(Message.conversation_id == conversation_id)
    words = words_in(conversation.title)
    for spoken in db.session.scalars(said.execution_options(yield_per=200)):
        words |= words_in(spoken)
    _write(conversation, _entries([conversation_id]).get(conversation_id), words)


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
    """Return the numbers of a chatbot's conversations that hold all words, the last one's begin.

    What was said a moment ago is found, too: it is indexed here, unless a job was quicker.
    """
    if before is None:
        db.session.commit()  # of what may only read, before something is written
        with writing():
            index_ended(chatbot_id, _MOST_AT_SEARCH)
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


def _add(ended: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Add what was asked and answered to the entries of its conversations.

    Their rows are locked first, as whoever deletes them does, and all in one order; so nobody
    waits in a circle, and what two add at once is added once.
    """
    conversations = _lock({answer.conversation_id for answer in ended})
    mine = update(Message).where(Message.id.in_([answer.id for answer in ended]), Message.to_index)
    taken = set(
        db.session.scalars(
            mine.values(to_index=False).returning(Message.id),
            execution_options={"synchronize_session": False},
        )
    )
    asked = select(Message.id, Message.text).where(
        Message.id.in_([answer.question_id for answer in ended])
    )
    questions = {row.id: row.text for row in db.session.execute(asked)}
    said: dict[UUID, list[str]] = {}
    for answer in ended:
        if answer.id in taken:
            before = said.pop(answer.conversation_id, [])  # the last spoken in goes to the end
            said[answer.conversation_id] = [questions[answer.question_id], answer.text, *before]
    entries = _entries(said)
    for conversation_id, texts in said.items():
        conversation, entry = conversations[conversation_id], entries.get(conversation_id)
        earlier = entry.terms.split() if entry and entry.terms else ()
        words = [word for text in (conversation.title, *texts) for word in words_in(text)]
        words += [term.partition("x")[2] for term in earlier]
        _write(conversation, entry, dict.fromkeys(words))  # of too many, the latest stay


def _lock(conversation_ids: Iterable[UUID]) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Return what conversations are called, and keep others from indexing them until the commit."""
    rows = db.session.execute(
        select(Conversation.id, Conversation.chatbot_id, Conversation.title)
        .where(Conversation.id.in_(conversation_ids))
        .order_by(Conversation.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row for row in rows}


def _entries(conversation_ids: Iterable[UUID]) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Return what the index has of conversations; a statement of its own sees the newest."""
    rows = db.session.execute(
        select(Transcript.conversation_id, Transcript.id, _ROWS.c.terms)
        .outerjoin(_ROWS, _ROWS.c.rowid == Transcript.id)
        .where(Transcript.conversation_id.in_(conversation_ids))
    )
    return {row.conversation_id: row for row in rows}


def _write(
    conversation: Row[*tuple[Any, ...]], entry: Row[*tuple[Any, ...]] | None, words: Iterable[str]
) -> None:
    if entry is not None:
        db.session.execute(delete(Transcript).where(Transcript.id == entry.id))
    number = db.session.scalar(
        insert(Transcript).values(conversation_id=conversation.id).returning(Transcript.id)
    )
    assert number is not None  # it was inserted just now
    scope = _scope_of(conversation.chatbot_id)
    chapter = number // CHAPTER
    terms = " ".join(spell(scope, chapter, word) for word in islice(words, MOST_TERMS))
    db.session.execute(insert(_ROWS).values(rowid=number, terms=terms))


def _scope_of(chatbot_id: UUID) -> int:
    """Return a chatbot's number, a new one if it has read nothing yet."""
    scope = db.session.scalar(select(Scope.id).where(Scope.chatbot_id == chatbot_id))
    if scope is not None:
        return scope
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
