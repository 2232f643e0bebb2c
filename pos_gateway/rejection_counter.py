"""Counts of early rejections by subject and span of time, each recorded as one fact."""

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from ledger.errors import HongkaError

SPANS_MAX = 3_600
"""The most spans kept while the ledger is out of reach; later ones are not counted."""

_log = logging.getLogger(__name__)


class RejectionCounter:
    """Early rejections of this process that are not recorded, by subject, span and reason.

    A subject is a drop or a till, by its ids.
    """

    def __init__(
        self, time: Callable[[], datetime], record: Callable[..., None], *, name: str, seconds: int
    ) -> None:
        """Count in spans of 1 to 60 `seconds`, whole parts of a minute, by the ledger's `time`.

        `record(*subject, at=…, counts=…, request_id=…)`, a verb of the ledger, is called for each
        span, which began `at`. `name` begins the request ids.
        """
        self._time = time
        self._record = record
        self._seconds = seconds
        self._counts: dict[tuple[tuple[str, ...], datetime], Counter[str]] = {}
        self._lock = threading.Lock()
        self._name = f"{name}/{secrets.token_hex(8)}"

    def count(self, *subject: str, reason: str) -> None:
        """Count one rejection now, in memory; drop it where SPANS_MAX other spans are kept."""
        span = subject, self._begins(self._time())
        with self._lock:
            found = self._counts.get(span)
            if found is None:
                if len(self._counts) >= SPANS_MAX:
                    return
                found = self._counts[span] = Counter()
            found[reason] += 1

    def record_on(self, wait: Callable[[float], bool]) -> None:
        """Record finished spans until `wait(seconds)`, a sleep, returns true; then the rest."""
        while not wait(1.0):
            self.record(self._begins(self._time()))
        self.record(None)

    def record(self, before: datetime | None) -> None:
        """Record the counts of the spans before `before` in the ledger; None records all.

        An error of the ledger is logged and not raised: the counts are kept for the next call.
        """
        with self._lock:
            due = [key for key in self._counts if before is None or key[1] < before]
        for subject, at in due:
            with self._lock:
                counts = self._counts[subject, at].copy()
            named = "/".join(subject)
            try:
                self._record(
                    *subject,
                    at=at,
                    counts=dict(counts),
                    # A request with unknown outcome is recorded at most once.
                    request_id=f"{self._name}/{named}/{at.isoformat()}/{counts.total()}",
                )
            except HongkaError as error:
                _log.warning("the rejections cannot be recorded yet: %s", error.reason)
                return
            with self._lock:
                self._counts[subject, at] -= counts
                if not self._counts[subject, at]:
                    del self._counts[subject, at]

    def _begins(self, at: datetime) -> datetime:
        """Return the instant at which the span of `at` began."""
        return at.replace(microsecond=0) - timedelta(seconds=at.second % self._seconds)
