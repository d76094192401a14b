"""Where uses are counted: in the store that all processes share, or beside it without one."""

from __future__ import annotations

import time
from math import ceil
from threading import Lock

import structlog
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from ragwidget import faults, metrics
from ragwidget.errors import Refusal

log = structlog.get_logger("ragwidget.limits")

LOCAL_SHARE = 4  # of what is allowed in all, one process allows a fourth by itself
STORE_SECONDS = 0.25  # so long anybody waits for a store on the same network
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # until a store that was away is tried again


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

    def hit(self, storage: Storage, limit: RateLimitItem, *key: str) -> int:
        """Count one use; return 0, or the seconds until the next one is allowed."""
        if self._is_due():
            try:
                seconds = _hit(MovingWindowRateLimiter(storage), limit, key)
            except (StorageError, OSError) as problem:
                self._note_away(problem)
            else:
                self._note_back()
                return seconds
        metrics.LIMITS_IN_MEMORY().inc()
        if self._fallback == "closed":
            raise Uncounted(retry_after=5)
        return 0 if self._fallback == "open" else _hit(self._spare, _small(limit), key)

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


def _hit(counters: RateLimiter, limit: RateLimitItem, key: tuple[str, ...]) -> int:
    if limit.amount > 0 and counters.hit(limit, *key):
        return 0
    reset_at = counters.get_window_stats(limit, *key).reset_time if limit.amount > 0 else 0
    # never longer than the window itself, whatever a clock has done meanwhile
    seconds = round(reset_at - time.time()) if reset_at else limit.get_expiry()
    return min(max(1, seconds), limit.get_expiry())


def _small(limit: RateLimitItem) -> RateLimitItem:
    return type(limit)(ceil(limit.amount / LOCAL_SHARE), limit.multiples)
