"""The index of what was said: which words stand in a conversation, and in which ones some stand.

Beside the words (`x…`) stand the facets that it is filtered by (`z…`, see `facets`). When a turn
has ended, its conversation is written anew under a new number, so that numbers are in the order of
what was said last. That happens some seconds behind it, by a job for many at once or by whoever
searches, so that nobody who chats waits for it. Each term carries its chatbot's number and a
chapter, which is a stretch of numbers: a search (`finding`) reads the newest chapter first and goes
back only as far as it must, so that the commonest word costs no more in a large table than in a
small one, and nobody's search reads anything of a neighbour's.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, column, delete, insert, select, table, update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget.conversations.search import facets
from ragwidget.database import REST
from ragwidget.engines.words import stem, surface_words
from ragwidget.extensions import db
from ragwidget.models import Conversation, Message, Scope, Transcript

CHAPTER = 8192  # numbers; about as many conversations' last turns
MOST_TERMS = 4000  # of a conversation: PostgreSQL takes no vector of a megabyte

_ROWS = table("transcripts_fts", column("rowid"), column("terms"))
_AT_ONCE = 100


def words_in(*texts: str) -> set[str]:
    """Return the words of texts, each with its parts, in lower case and without accents.

    >>> sorted(words_in("Café au lait, Wi-Fi!"))
    ['au', 'cafe', 'fi', 'lait', 'wi', 'wifi']
    """
    found = {stem(word, "") for text in texts for group in surface_words(text) for word in group}
    return found - {""}


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
    conversation = hold([conversation_id]).get(conversation_id)
    if conversation is None:
        return
    said = select(Message.text).where(Message.conversation_id == conversation_id)
    words = words_in(conversation.title)
    for spoken in db.session.scalars(said.execution_options(yield_per=200)):
        words |= words_in(spoken)
    terms = _terms(conversation, facets.of_turns([conversation_id])[conversation_id], words)
    entry = _entries([conversation_id]).get(conversation_id)
    if entry is None:
        _renumber(conversation, None, terms)
    else:
        _respell(conversation, entry, terms)


def refile(conversation_ids: Collection[UUID]) -> None:
    """Index anew what conversations are filtered by, and not what was said in them.

    In the caller's commit. One that is not indexed yet will be when its first turn has ended.
    """
    conversations = hold(conversation_ids)
    entries = _entries(conversations)
    left = facets.of_turns(entries)
    for conversation_id, entry in entries.items():
        conversation = conversations[conversation_id]
        terms = _terms(conversation, left[conversation_id], (), _words_of(entry))
        _respell(conversation, entry, terms)


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
        time.sleep(REST)
        count += len(missing)
    db.session.commit()
    return count


def _add(ended: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Add what was asked and answered to the entries of its conversations.

    Their rows are locked first, as whoever deletes them does, and all in one order; so nobody
    waits in a circle, and what two add at once is added once.
    """
    conversations = hold({answer.conversation_id for answer in ended})
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
    entries, left = _entries(said), facets.of_turns(said)
    for conversation_id, texts in said.items():
        conversation, entry = conversations[conversation_id], entries.get(conversation_id)
        words = [word for text in (conversation.title, *texts) for word in words_in(text)]
        terms = _terms(conversation, left[conversation_id], words, _words_of(entry))
        _renumber(conversation, entry, terms)


def hold(conversation_ids: Iterable[UUID]) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Return what conversations' rows say, and keep others from indexing them until the commit."""
    rows = db.session.execute(
        select(Conversation.id, Conversation.chatbot_id, Conversation.title, *facets.ROW)
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


def _words_of(entry: Row[*tuple[Any, ...]] | None) -> Iterator[str]:
    """Yield the words that the index has of a conversation."""
    for term in entry.terms.split() if entry and entry.terms else ():
        facet, is_word, word = term.partition("x")
        if is_word and "z" not in facet:
            yield word


def _terms(
    conversation: Row[*tuple[Any, ...]],
    left: Iterable[str],
    words: Iterable[str],
    before: Iterable[str] = (),
) -> list[str]:
    """Return what the index is to have of a conversation; of too many words, the latest stay."""
    said = (f"x{word}" for word in chain(words, before))
    terms = chain(facets.of_row(conversation), left, said)
    return list(islice(dict.fromkeys(terms), MOST_TERMS))


def _renumber(
    conversation: Row[*tuple[Any, ...]], entry: Row[*tuple[Any, ...]] | None, terms: Iterable[str]
) -> None:
    """Write a conversation's entry under a new number."""
    if entry is not None:
        db.session.execute(delete(Transcript).where(Transcript.id == entry.id))
    number = db.session.scalar(
        insert(Transcript).values(conversation_id=conversation.id).returning(Transcript.id)
    )
    assert number is not None  # it was inserted just now
    spelled = _spell_all(_scope_of(conversation.chatbot_id), number, terms)
    db.session.execute(insert(_ROWS).values(rowid=number, terms=spelled))


def _respell(
    conversation: Row[*tuple[Any, ...]], entry: Row[*tuple[Any, ...]], terms: Iterable[str]
) -> None:
    """Write a conversation's entry anew in its place."""
    spelled = _spell_all(_scope_of(conversation.chatbot_id), entry.id, terms)
    if spelled != entry.terms:
        db.session.execute(update(_ROWS).where(_ROWS.c.rowid == entry.id).values(terms=spelled))


def _scope_of(chatbot_id: UUID) -> int:
    """Return a chatbot's number, a new one if it has read nothing yet."""
    scope = db.session.scalar(select(Scope.id).where(Scope.chatbot_id == chatbot_id))
    if scope is not None:
        return scope
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(dialect.insert(Scope).values(chatbot_id=chatbot_id).on_conflict_do_nothing())
    return db.session.execute(select(Scope.id).where(Scope.chatbot_id == chatbot_id)).scalar_one()


def spell(scope: int, chapter: int, term: str) -> str:
    """Spell a term of the index: a word behind an `x`, or a facet."""
    return f"{scope}c{chapter}{term}"


def _spell_all(scope: int, number: int, terms: Iterable[str]) -> str:
    return " ".join([spell(scope, number // CHAPTER, term) for term in terms])
