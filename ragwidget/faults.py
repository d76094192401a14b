"""What may be said of an exception: its kind and its place, never its message.

A message is often made of what somebody typed: a value that can't be read, a row that can't be
written, a name that is not found.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator

DEEPEST = 8


def kind_of(problem: BaseException) -> str:
    """Return what went wrong, with the code that the system or the database gave it.

    >>> kind_of(ValueError("what a visitor asked")), kind_of(ConnectionRefusedError(111, "words"))
    ('ValueError', 'ConnectionRefusedError ECONNREFUSED')
    """
    return " from ".join(map(_kind, _chain(problem)))


def story_of(problem: BaseException) -> str:
    """Return what went wrong and where, and what that came from, a line for each place."""
    return "\n".join(line for one in _chain(problem) for line in (_kind(one), *_places(one)))


def _chain(problem: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = problem
    for _ in range(DEEPEST):
        if following is None:
            return
        yield following
        hidden = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or hidden


def _kind(problem: BaseException) -> str:
    kind = type(problem)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    number = problem.errno if isinstance(problem, OSError) else None
    code = getattr(problem, "sqlstate", None) or errno.errorcode.get(number or 0)
    return f"{name} {code}" if code else name


def _places(problem: BaseException) -> list[str]:
    frames = traceback.extract_tb(problem.__traceback__)
    return [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
