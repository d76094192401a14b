"""Giving a chatbot something to read: nothing twice, and no more than it can have."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import exists, func, insert, or_, select

from ragwidget import outbox
from ragwidget.errors import InvalidInput, Refusal
from ragwidget.extensions import db
from ragwidget.library import documents
from ragwidget.library.originals import Original, Originals
from ragwidget.models import Chatbot, Document, Source, new_id


class AlreadyThere(Refusal):
    status = 409
    code = "already_there"
    message = "This chatbot has read the same thing already."


class TooManySources(Refusal):
    status = 409
    code = "too_many_sources"
    message = "This chatbot has as many sources as it can have. Delete one first."


def add_file(
    chatbot: Chatbot,
    name: str,
    data: BinaryIO,
    originals: Originals,
    *,
    most_bytes: int,
    most: int,
    id: UUID | None = None,
) -> Source:
    """Take a file in; it waits to be read. Refuses what is empty, too large, or there already."""
    _make_room(chatbot.id, most)
    title = clean_name(name)
    db.session.commit()  # storing it may take a while, and holds no connection
    original = originals.keep(chatbot.organization_id, new_id(), data, most_bytes)
    try:
        refuse_twins(chatbot.id, original.content_hash)
        source = Source(
            id=id or new_id(),
            kind="file",
            title=title,
            size_bytes=original.size_bytes,
            content_hash=original.content_hash,
            original=original.key,
        )
        return _add(chatbot, source)
    except BaseException:
        give_back(chatbot.organization_id, original, originals)
        raise


def add_text(
    chatbot: Chatbot, title: str, text: str, *, most: int, id: UUID | None = None
) -> Source:
    """Take a pasted text in; it waits to be read."""
    words = title, text
    return _add_words(chatbot, most, words, id=id or new_id(), kind="text", title=title)


def add_qa(
    chatbot: Chatbot, question: str, answer: str, *, most: int, id: UUID | None = None
) -> Source:
    """Take a question with its answer in, to be answered word for word."""
    words, title = (question, answer), question[:300]
    return _add_words(
        chatbot, most, words, id=id or new_id(), kind="qa", title=title, question=question
    )


def copy(chatbot: Chatbot, to: Chatbot) -> list[UUID]:
    """Give another chatbot all that this one has to read; return what waits to be read there.

    Both have the same originals, which stay until nobody needs them any more.
    """
    documents.hold(db.session(), to.id)
    columns = ("kind", "title", "url", "size_bytes", "content_hash", "original", "text", "question")
    found = db.session.execute(
        select(*(getattr(Source, name) for name in columns))
        .where(Source.chatbot_id == chatbot.id)
        .order_by(Source.id)
    ).all()
    copies = [
        {
            **row._mapping,
            "id": new_id(),
            "organization_id": to.organization_id,
            "chatbot_id": to.id,
        }
        for row in found
    ]
    if copies:
        db.session.execute(insert(Source), copies)
    documents.want_missing(to.id)
    db.session.commit()
    return [each["id"] for each in copies]


def clean_name(name: str) -> str:
    r"""Return a file's own name, without folders and characters that cannot be seen.

    >>> clean_name("C:\\temp\\Price list.pdf"), clean_name("../../etc/passwd")
    ('Price list.pdf', 'passwd')
    """
    base = PurePosixPath(PureWindowsPath(name).name).name
    seen = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip()
    if not seen.strip("."):
        raise InvalidInput("file: it has no name.", field="file")
    return unicodedata.normalize("NFC", seen)[:300]


def refuse_twins(chatbot_id: UUID, content_hash: str, *, but: UUID | None = None) -> None:
    """Refuse what a chatbot has read already, unless that is `but`."""
    copied = exists().where(Document.source_id == Source.id, Document.state != "failed")
    twin = db.session.scalar(
        select(Source.title).where(
            Source.chatbot_id == chatbot_id,
            Source.content_hash == content_hash,
            Source.id != but,
            or_(Source.state != "failed", copied),
        )
    )
    if twin is not None:
        raise AlreadyThere(f"This chatbot has the same thing already, as “{twin}”.")


def digest_of(*parts: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def give_back(organization_id: UUID, original: Original, originals: Originals) -> None:
    """Forget an original that was kept for nothing."""
    db.session.rollback()
    outbox.put_originals(db.session(), [original.key], organization_id)
    db.session.commit()
    outbox.forget_now(originals, [original.key])


def _make_room(chatbot_id: UUID, most: int) -> None:
    count = db.session.scalar(
        select(func.count()).select_from(Source).where(Source.chatbot_id == chatbot_id)
    )
    if (count or 0) >= most:
        raise TooManySources


def _add_words(chatbot: Chatbot, most: int, words: tuple[str, str], **columns: Any) -> Source:
    """Add what is told from others by both of its words, and has the second for its text."""
    _make_room(chatbot.id, most)
    digest, text = digest_of(*words), words[1]
    refuse_twins(chatbot.id, digest)
    size = len(text.encode())
    return _add(chatbot, Source(text=text, size_bytes=size, content_hash=digest, **columns))


def _add(chatbot: Chatbot, source: Source) -> Source:
    source.organization_id, source.chatbot_id = chatbot.organization_id, chatbot.id
    documents.hold(db.session(), chatbot.id)
    db.session.add(source)
    db.session.flush()
    documents.want(db.session(), source)
    db.session.commit()
    return source
