"""What a failure of the client means, in words that don't tell the key."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ragwidget.engines.file_search import names, statuses, troubles
from ragwidget.engines.file_search.masking import masked
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.faults import kind_of

log = structlog.get_logger("ragwidget.gemini")


@contextmanager
def explaining(key: str) -> Iterator[None]:
    """Turn whatever fails inside into a `ServiceFailed`; call nobody with what is no key."""
    if not names.KEY.fullmatch(key):
        raise statuses.refused(401, "", None)
    try:
        yield
    except ServiceFailed:
        raise
    except Exception as problem:
        # Without its cause, whose own words would be told with it wherever this is logged.
        raise _explained(problem, key) from None


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Pass over it that something is not there."""
    try:
        yield
    except ServiceFailed as trouble:
        if trouble.code != "engine_not_found":
            raise


def _explained(problem: Exception, key: str) -> ServiceFailed:
    import httpx2
    from google.genai import errors

    said = masked(f"{type(problem).__name__}: {problem}", key)
    match problem:
        case errors.APIError():
            message = masked(str(problem.message or ""), key)
            return statuses.refused(problem.code, message, problem.details)
        case httpx2.PoolTimeout():
            return troubles.crowded()
        case httpx2.ConnectTimeout() | httpx2.ConnectError() | httpx2.ProxyError():
            return troubles.unreachable(said)
        case httpx2.TimeoutException():
            return troubles.silent()
        case httpx2.TransportError():
            return troubles.cut(said)
        case httpx2.HTTPError() | httpx2.InvalidURL():
            return troubles.unreachable(said)
        case ValueError() | KeyError() | TypeError():  # what the client can't read
            return troubles.garbled(said)
        case _:
            # Where it failed, line by line, but not in its own words: they may hold the key.
            place = "".join(traceback.format_tb(problem.__traceback__))
            log.error("the client of Gemini failed", problem=kind_of(problem), place=place)
            return troubles.garbled(said)
