"""Changed content takes the place of the earlier one, which answers until it was read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, BinaryIO

from ragwidget import outbox
from ragwidget.errors import Refusal, SourceNotFound
from ragwidget.extensions import db
from ragwidget.library import documents
from ragwidget.library.adding import clean_name, digest_of, give_back, refuse_twins
from ragwidget.library.originals import Originals
from ragwidget.library.sources import ANEW
from ragwidget.models import Source, new_id

READ_TO_THE_END = timedelta(hours=1)  # so long, somebody may still be reading an earlier original


class NotAFile(Refusal):
    status = 409
    code = "not_a_file"
    message = "Only a file can be replaced by another one."


class OtherKind(Refusal):
    status = 409
    code = "other_kind"
    message = "This source is of another kind. Delete it, and add what takes its place."


def replace_file(
    source: Source, name: str, data: BinaryIO, originals: Originals, *, most_bytes: int
) -> Source:
    """Let a changed file take the place of an earlier one."""
    if source.kind != "file":
        raise NotAFile
    title = clean_name(name)
    db.session.commit()  # nobody waits while it is copied
    original = originals.keep(source.organization_id, new_id(), data, most_bytes)
    try:
        refuse_twins(source.chatbot_id, original.content_hash, but=source.id)
        return _replace(
            source,
            title=title,
            original=original.key,
            size_bytes=original.size_bytes,
            content_hash=original.content_hash,
            format=None,
        )
    except BaseException:
        give_back(source.organization_id, original, originals)
        raise


def replace_text(source: Source, title: str, text: str) -> Source:
    """Let another text take the place of an earlier one."""
    if source.kind != "text":
        raise OtherKind
    digest = digest_of(title, text)
    refuse_twins(source.chatbot_id, digest, but=source.id)
    size = len(text.encode())
    return _replace(source, title=title, text=text, size_bytes=size, content_hash=digest)


def replace_qa(source: Source, question: str, answer: str) -> Source:
    """Let another question with its answer take the place of an earlier one."""
    if source.kind != "qa":
        raise OtherKind
    digest = digest_of(question, answer)
    refuse_twins(source.chatbot_id, digest, but=source.id)
    return _replace(
        source,
        title=question[:300],
        question=question,
        text=answer,
        size_bytes=len(answer.encode()),
        content_hash=digest,
    )


def _replace(source: Source, **columns: Any) -> Source:
    session = db.session()
    documents.hold(session, source.chatbot_id)
    found = session.get(Source, source.id, populate_existing=True, with_for_update=True)
    if found is None:
        raise SourceNotFound
    if found.original is not None:
        outbox.put(
            session, "original", found.original, found.organization_id, after=READ_TO_THE_END
        )
    for name, value in {**columns, **ANEW}.items():
        setattr(found, name, value)
    session.flush()
    documents.replace(session, found)
    session.commit()
    return found
