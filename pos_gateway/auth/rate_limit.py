"""The rate limit of one subject: a token bucket that may go into debt."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from cachetools import LRUCache

from ledger.auth.sessions import SessionStore
from pos_gateway.auth.sealing import Sealing
from pos_gateway.errors import TooManyRequests

PER_SECOND = 4
AT_ONCE = 20
"""The long-run rate, and the burst, of one subject; each process counts for itself."""

DEBT_MAX = 20
"""The most tokens a bucket owes: a program that presses without pause is served after a pause."""

MEMBERS_MAX = 50_000
"""The most buckets; the least recently used one is dropped, and starts full again."""


class RateLimiter:
    """The token buckets of recent callers in this process: 20 at once, then some a second."""

    def __init__(
        self, seconds: Callable[[], float] = time.monotonic, *, per_second: float = PER_SECOND
    ) -> None:
        """Fill the buckets by `seconds`, a monotonic clock."""
        self._seconds, self._per_second = seconds, per_second
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(MEMBERS_MAX)
        self._lock = threading.Lock()

    def hit(self, subject: str, tokens: int = 1) -> None:
        """Take a token of a caller for a request, even one that is refused.

        With `tokens=0`, only look whether one is left.

        Raises:
            TooManyRequests: none was left; there is one again after `retry_after_seconds`.
        """
        with self._lock:
            now = self._seconds()
            left, then = self._buckets.get(subject, (float(AT_ONCE), now))
            left = min(AT_ONCE, left + (now - then) * self._per_second)
            enough = left >= 1
            left = max(left - tokens, -DEBT_MAX)
            self._buckets[subject] = (left, now)
        if not enough:
            raise TooManyRequests(retry_after_seconds=ceil((1 - left) / self._per_second))


class Limit(NamedTuple):
    """At most `most` hits within the time `within`."""

    most: int
    within: timedelta


CODE_SOON = Limit(1, timedelta(minutes=1))
CODE_LATER = Limit(5, timedelta(hours=1))
"""The bounds of codes that one browser, or one network, has sent to a phone."""

CODE_STRANGERS = Limit(20, timedelta(days=1))
"""The codes sent to one phone for all browsers together that never signed in by it."""

CODE_ADDRESS = Limit(300, timedelta(hours=1))
"""Codes requested from one address: thousands of phones may share one."""

GUESSES = Limit(10, timedelta(minutes=15))
"""The bound of guesses at a secret of one subject, by one known browser or one network."""

SECOND_STRANGERS = Limit(30, timedelta(days=1))
"""The second factors of one subject that all other browsers try; they have the password."""

GUESSES_ADDRESS = Limit(300, timedelta(minutes=15))
"""The bound of guesses from one client address."""

STEPS_ADDRESS = Limit(1_000, timedelta(minutes=15))
"""The bound of sign-in steps that one client address starts."""

PAIRING_ADDRESS = Limit(5, timedelta(minutes=10))
PAIRING_ALL = Limit(20, timedelta(minutes=1))
"""The bound of typed pairing codes from one client address, and what alarms from all together."""


class SharedRateLimiter:
    """Counts hits in the session store, for all workers.

    Its methods raise Busy where the database does not answer in time.
    """

    def __init__(
        self, store: SessionStore, sealing: Sealing, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._now = clock

    def hit(self, limit: Limit, what: str, of: str) -> None:
        """Count a hit of the person or address `of` in the counter `what`, for the time of `limit`.

        Raises:
            TooManyRequests: it is beyond `limit`; the count ends in `retry_after_seconds`.
        """
        wait = self._store.hit(
            self._bucket(what, of), most=limit.most, within=limit.within, now=self._now()
        )
        if wait:
            raise TooManyRequests(retry_after_seconds=wait)

    def once(self, within: timedelta, what: str, of: str) -> bool:
        """Count a hit, and return True for the first one `within` this time."""
        try:
            self.hit(Limit(1, within), what, of)
        except TooManyRequests:
            return False
        return True

    def reset(self, what: str, of: str) -> None:
        """Set the counter `what` of a person or address to zero, as after a right password."""
        self._store.reset(self._bucket(what, of))

    def _bucket(self, what: str, of: str) -> str:
        return self._sealing.blind("limit", what, of)
