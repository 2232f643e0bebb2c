"""The rate limit of one subject: a token bucket that may go into debt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import ceil

from cachetools import LRUCache

from pos_gateway.errors.http import TooManyRequests

PER_SECOND = 4
AT_ONCE = 20
"""The long-run rate, and the burst, of one subject; each process counts for itself."""

DEBT_MAX = 20
"""The most tokens a bucket owes: a program that presses without pause is served after a pause."""

MEMBERS_MAX = 50_000
"""The most buckets; the least recently used one is dropped, and starts full again."""


class RateLimiter:
    """The token buckets of recent callers in this process: 20 at once, then 4 requests a second."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """Fill the buckets by `seconds`, a monotonic clock."""
        self._seconds = seconds
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(MEMBERS_MAX)
        self._lock = threading.Lock()

    def hit(self, subject: str) -> None:
        """Take one token of a caller for a request; a refused request costs a token too.

        Raises:
            TooManyRequests: the bucket is empty; without further requests it has a token again
                after `retry_after_seconds`.
        """
        with self._lock:
            now = self._seconds()
            left, then = self._buckets.get(subject, (float(AT_ONCE), now))
            left = min(AT_ONCE, left + (now - then) * PER_SECOND)
            enough = left >= 1
            left = max(left - 1, -DEBT_MAX)
            self._buckets[subject] = (left, now)
        if not enough:
            raise TooManyRequests(retry_after_seconds=ceil((1 - left) / PER_SECOND))
