"""Where uses are counted: in the store that all processes share, or beside it without one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from math import ceil
from threading import Lock
from typing import Any

import structlog
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from ragwidget import faults, metrics
from ragwidget.errors import Refusal

log = structlog.get_logger("ragwidget.limits")

LOCAL_SHARE = 4  # of what is allowed in all, one process allows a fourth by itself
STORE_SECONDS = 0.25  # so long anybody waits for a store on the same network
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # until a store that was away is tried again

Use = tuple[RateLimitItem, tuple[str, ...]]  # of a limit, and whose it is

# The library counts one limit at a time; each would be another journey for whoever asks.
_COUNT_ALL = """
local now = tonumber(ARGV[1])
for n, key in ipairs(KEYS) do
    local most, seconds = tonumber(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
    local first = redis.call('lindex', key, most - 1)
    if most < 1 or (first and tonumber(first) >= now - seconds) then return n end
end
for n, key in ipairs(KEYS) do
    redis.call('lpush', key, ARGV[1])
    redis.call('ltrim', key, 0, ARGV[2 * n] - 1)
    redis.call('expire', key, ARGV[2 * n + 1])
end
return 0
"""


class Uncounted(Refusal):
    status = 503
    code = "unavailable"
    message = "We can't take questions at this moment. Please try again shortly."


class Counters:
    """Counts one use after the other; `fallback` says what holds while the store is away."""

    def __init__(self, fallback: str) -> None:
        self._fallback = fallback  # "local", "open" or "closed"
        self._spare = MovingWindowRateLimiter(MemoryStorage())
        self._lock = Lock()
        self._try_at = 0.0
        self._pause = 0.0  # above 0 while it is away

    def hit(self, storage: Storage, *uses: Use) -> tuple[int, int]:
        """Count one use of each limit, or none if one of them is reached.

        Return the number of that one, and the seconds until the next use is allowed; or 0 and 0.
        """
        if self._is_due():
            try:
                reached = _hit_all(storage, uses)
            except (StorageError, OSError) as problem:
                self._note_away(problem)
            else:
                self._note_back()
                return reached
        metrics.LIMITS_IN_MEMORY().inc()
        if self._fallback == "closed":
            raise Uncounted(retry_after=5)
        if self._fallback == "open":
            return 0, 0
        return _hit_each(self._spare, [(_small(limit), key) for limit, key in uses])

    def _is_due(self) -> bool:
        """Tell whether to ask the store; while it is away, one request does so now and then."""
        with self._lock:
            if not self._pause:
                return True
            if time.monotonic() < self._try_at:
                return False
            self._try_at = time.monotonic() + self._pause
            return True

    def _note_away(self, problem: Exception) -> None:
        with self._lock:
            if not self._pause:
                log.warning(
                    "limits out of reach", instead=self._fallback, problem=faults.kind_of(problem)
                )
            self._pause = min(2 * self._pause or FIRST_PAUSE, LONGEST_PAUSE)
            self._try_at = time.monotonic() + self._pause

    def _note_back(self) -> None:
        if self._pause:
            self._pause = 0.0
            log.info("limits within reach again")


def _hit_all(storage: Storage, uses: Sequence[Use]) -> tuple[int, int]:
    counters = MovingWindowRateLimiter(storage)
    if len(uses) == 1 or type(storage) is not RedisStorage:
        return _hit_each(counters, uses)
    arguments: list[float] = [time.time()]
    for limit, _ in uses:
        arguments += [limit.amount, limit.get_expiry()]
    keys = [storage.prefixed_key(limit.key_for(*key)) for limit, key in uses]
    try:
        reached = int(_count_all(storage)(keys, arguments))
    except storage.base_exceptions as problem:
        raise StorageError(problem) from problem
    return (reached - 1, _wait(counters, *uses[reached - 1])) if reached else (0, 0)


@cache
def _count_all(storage: RedisStorage) -> Callable[..., Any]:
    return storage.storage.register_script(_COUNT_ALL)


def _hit_each(counters: RateLimiter, uses: Sequence[Use]) -> tuple[int, int]:
    for number, (limit, key) in enumerate(uses):
        if not (limit.amount > 0 and counters.hit(limit, *key)):
            return number, _wait(counters, limit, key)
    return 0, 0


def _wait(counters: RateLimiter, limit: RateLimitItem, key: tuple[str, ...]) -> int:
    """Return the seconds until a limit that is reached allows another use."""
    reset_at = counters.get_window_stats(limit, *key).reset_time if limit.amount > 0 else 0
    # never longer than the window itself, whatever a clock has done meanwhile
    seconds = round(reset_at - time.time()) if reset_at else limit.get_expiry()
    return min(max(1, seconds), limit.get_expiry())


def _small(limit: RateLimitItem) -> RateLimitItem:
    return type(limit)(ceil(limit.amount / LOCAL_SHARE), limit.multiples)
