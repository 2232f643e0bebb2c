"""How often one member may ask: a bucket of requests that fills again as time goes by."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from pos_gateway.errors.http import TooManyRequests

PER_SECOND = 4
AT_ONCE = 20
"""A member asks so often in the long run, and so often at once; each process counts alone."""

DEBT_MAX = 20
"""What is asked beyond that is owed, up to so much: a program that presses without pause is not
served at the opening because it pressed most, but once it has paused."""

MEMBERS_MAX = 50_000
"""The most members counted at a time; the least lately heard of start anew."""


class Pace:
    """The buckets of the members heard of lately."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """Fill the buckets by a clock in seconds that nobody sets."""
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, member_id: str) -> None:
        """Count a request.

        Raises:
            TooManyRequests: the bucket is empty until `retry_after_seconds` went by without asking.

        """
        with self._lock:
            now = self._seconds()
            left, then = self._buckets.pop(member_id, (float(AT_ONCE), now))
            left = min(AT_ONCE, left + (now - then) * PER_SECOND)
            enough = left >= 1
            left = max(left - 1, -DEBT_MAX)
            self._buckets[member_id] = (left, now)
            if len(self._buckets) > MEMBERS_MAX:
                self._buckets.popitem(last=False)
        if not enough:
            raise TooManyRequests(retry_after_seconds=ceil((1 - left) / PER_SECOND))
