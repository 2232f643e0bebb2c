"""How often one member may ask: a bucket of requests that fills again as time goes by."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from pos_gateway.faults import TooManyRequests

PER_SECOND = 4
AT_ONCE = 20
"""A member asks so often in the long run, and so often at once; each process counts alone."""

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
            TooManyRequests: the bucket is empty.

        """
        with self._lock:
            now = self._seconds()
            left, then = self._buckets.pop(member_id, (float(AT_ONCE), now))
            left = min(AT_ONCE, left + (now - then) * PER_SECOND)
            enough = left >= 1
            self._buckets[member_id] = (left - 1 if enough else left, now)
            if len(self._buckets) > MEMBERS_MAX:
                self._buckets.popitem(last=False)
        if not enough:
            raise TooManyRequests(retry_after_seconds=1)
