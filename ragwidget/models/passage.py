"""Pieces of sources as they are retrieved and cited, and what is known about their words.

The index over them, `passages_fts`, is each database's own and made by its migration. Every term
in it carries its chatbot's number, so that each chatbot has lists of its own to read.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import owned_by

# SQLite counts only in INTEGER PRIMARY KEY, and the index needs a number for each passage.
Number = BigInteger().with_variant(Integer, "sqlite")
# Terms are looked up by how they begin, which wants the order of their bytes.
Term = String(40).with_variant(String(40, collation="C"), "postgresql")


class Passage(Model):
    """A piece of a source."""

    __tablename__ = "passages"
    __table_args__ = (
        Index(None, "source_id", "position"),
        Index(None, "chatbot_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    source_id: Mapped[UUID] = owned_by("sources.id")
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)


class Scope(Model):
    """A chatbot's number in the index."""

    __tablename__ = "passage_scopes"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number is never given twice

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    chatbot_id: Mapped[UUID] = mapped_column(
        ForeignKey("chatbots.id", ondelete="CASCADE"), unique=True
    )


class ScopeLanguage(Model):
    """How much a chatbot has read in one language."""

    __tablename__ = "passage_languages"

    scope_id: Mapped[int] = mapped_column(
        ForeignKey("passage_scopes.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    passages: Mapped[int]
    terms: Mapped[int] = mapped_column(BigInteger)


class Alias(Model):
    """What a source says that some words stand for, both as stems."""

    __tablename__ = "passage_aliases"

    scope_id: Mapped[int] = mapped_column(
        ForeignKey("passage_scopes.id", ondelete="CASCADE"), primary_key=True
    )
    phrase: Mapped[str] = mapped_column(String(100), primary_key=True)
    meaning: Mapped[str] = mapped_column(String(100), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Vocabulary(Model):
    """In how many of a chatbot's passages a term stands."""

    __tablename__ = "passage_vocabulary"

    scope_id: Mapped[int] = mapped_column(
        ForeignKey("passage_scopes.id", ondelete="CASCADE"), primary_key=True
    )
    term: Mapped[str] = mapped_column(Term, primary_key=True)
    passages: Mapped[int]
