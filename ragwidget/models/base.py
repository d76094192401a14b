"""What every table shares: ids in the order of time, and times that are aware."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Enum, ForeignKey, TypeDecorator
from sqlalchemy.orm import mapped_column
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a UUID (version 7) that sorts after those made before it."""
    return uuid7()


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC, also on SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(name: str, *words: str) -> Enum:
    """Return a column type for one of these words, kept by a check constraint named `name`."""
    return Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def owned_by(target: str, *, index: bool = False) -> Any:
    """Return a foreign key whose row goes when its owner goes."""
    return mapped_column(ForeignKey(target, ondelete="CASCADE"), index=index)


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
CreatedAt = Annotated[datetime, mapped_column(Moment, default=now)]
