"""What is promised of a transaction before it begins: that it only reads, or may take long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_patient: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Promise that the transactions begun inside only read.

    SQLite has one writer at a time, and a transaction that reads first and writes later is
    refused at once when another wrote in between. So every transaction takes the writer's place
    when it begins, unless it was promised here that it only reads.
    """
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def begin_reading() -> Any:
    """Promise the same for what follows in this request; give the result to `end_reading`."""
    return _reading.set(True)


def end_reading(token: Any) -> None:
    """Take the promise of `begin_reading` back."""
    _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Take the promise of `reading` back for what is inside."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def is_reading() -> bool:
    """Tell whether what begins now was promised to only read."""
    return _reading.get()


@contextmanager
def patient() -> Iterator[None]:
    """Let what is done inside take long: nobody waits in front of it.

    Everywhere else PostgreSQL breaks off what takes too long, and whoever asked hears so.
    """
    token = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(token)


def is_patient() -> bool:
    """Tell whether what is done now may take long."""
    return _patient.get()
