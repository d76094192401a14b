"""Who may ask how often: visitor, address, chatbot, organization.

Flask-Limiter holds the counters (in memory, or in Redis for several processes). Every limit is
counted by one atomic step, so that many requests at once get no more than one after the other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    parse_many,
)
from redis.backoff import NoBackoff
from redis.retry import Retry

from ragwidget import metrics
from ragwidget.errors import TooManyQuestions, TooManyTries, TooOften
from ragwidget.extensions import limiter
from ragwidget.limits.counters import STORE_SECONDS, Counters

log = structlog.get_logger("ragwidget.limits")

STRATEGY = "moving-window"
VISITS = RateLimitItemPerMinute(1200)  # calls of one address; questions have limits of their own


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of what is allowed, and whose it is."""

    what: str
    scope: str
    owner: str
    limit: RateLimitItem


def init_app(app: Flask) -> None:
    """Join Flask-Limiter; the strategy is part of the keys, which another one can't read."""
    app.config.from_mapping(
        RATELIMIT_STORAGE_URI=app.config["LIMITS_URL"],
        RATELIMIT_STRATEGY=STRATEGY,
        RATELIMIT_KEY_PREFIX=f"ragwidget:{STRATEGY}",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_STORAGE_OPTIONS=_store_options(app.config["LIMITS_URL"]),
    )
    limiter.init_app(app)
    app.extensions["counters"] = Counters(app.config["LIMITS_FALLBACK"])


def spend_question(
    app: Flask,
    *,
    visitor_id: UUID,
    chatbot_id: UUID,
    organization_id: UUID,
    address: str,
    visitor_limit: int,
    address_limit: int,
    chatbot_limit: int | None,
    organization_limit: int,
    words: str | None,
) -> None:
    """Count one question, or refuse it with `TooManyQuestions` that says when to come back.

    On the same journey it is counted as a call. The narrow limits come first, so that one eager
    visitor does not eat what belongs to all; where processes count together, a question that is
    refused is counted nowhere. Whoever comes as a new visitor has a new counter; the address limit
    counts them all the same.
    """
    visitor, place = f"{chatbot_id.hex}:{visitor_id.hex}", f"{chatbot_id.hex}:{address}"
    allowances = [
        _visit(address),
        Allowance("questions", "visitor", visitor, RateLimitItemPerHour(visitor_limit)),
        Allowance("questions", "address", place, RateLimitItemPerHour(address_limit)),
        Allowance(
            "questions",
            "organization",
            organization_id.hex,
            RateLimitItemPerDay(organization_limit),
        ),
    ]
    if chatbot_limit is not None:
        own = Allowance("questions", "chatbot", chatbot_id.hex, RateLimitItemPerDay(chatbot_limit))
        allowances.insert(3, own)
    number, retry_after = _spend(app, *allowances)
    if retry_after:
        if not number:
            raise TooOften(retry_after=retry_after)
        scope = allowances[number].scope
        metrics.LIMITS(scope=scope).inc()
        log.info("limit reached", scope=scope, chatbot_id=str(chatbot_id))
        raise TooManyQuestions(words, retry_after=retry_after, scope=scope)


def spend_visit(address: str) -> None:
    """Count one call that came to ask and asked nothing new, or refuse it with `TooOften`."""
    _, retry_after = _spend(current_app, _visit(address))
    if retry_after:
        raise TooOften(retry_after=retry_after)


def spend_try(scope: str, owner: str, bounds: str) -> None:
    """Count one try to sign in; `bounds` are spelled like "10 per minute; 100 per hour"."""
    for bound in parse_many(bounds):
        _, retry_after = _spend(current_app, Allowance("tries", scope, owner, bound))
        if retry_after:
            metrics.LIMITS(scope=scope).inc()
            raise TooManyTries(retry_after=retry_after)


def spend_call(key_id: UUID, per_minute: int) -> None:
    """Count one call that came with an API key."""
    allowance = Allowance("calls", "api_key", key_id.hex, RateLimitItemPerMinute(per_minute))
    _, retry_after = _spend(current_app, allowance)
    if retry_after:
        metrics.LIMITS(scope=allowance.scope).inc()
        raise TooOften(retry_after=retry_after)


def wait() -> int:
    """Return in how many seconds the call that was refused just now may be made again."""
    breached = limiter.current_limit
    return max(1, breached.reset_at - int(time.time())) if breached else 1


def _visit(address: str) -> Allowance:
    return Allowance("visits", "address", address, VISITS)


def _store_options(url: str) -> dict[str, Any]:
    options: dict[str, Any] = {"wrap_exceptions": True}  # one kind of error, whatever it is
    if not url.startswith("memory"):
        options["socket_connect_timeout"] = options["socket_timeout"] = STORE_SECONDS
        options["retry"] = Retry(NoBackoff(), 1)  # a line may be one of before a restart
    return options


def _spend(app: Flask, *allowances: Allowance) -> tuple[int, int]:
    """Count one use of each; return which one is used up, and the seconds until it is no more."""
    counters: Counters = app.extensions["counters"]
    uses = [(each.limit, (each.what, each.scope, each.owner)) for each in allowances]
    return counters.hit(limiter.storage, *uses)
