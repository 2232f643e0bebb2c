"""Counts of early rejections from a drop by second, recorded as one fact and not one by one."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from ledger.application import Ledger
from ledger.errors import HongkaError

SECONDS_MAX = 3_600
"""The most seconds kept while the ledger is out of reach; later ones are not counted."""

_log = logging.getLogger(__name__)


class RejectionCounter:
    """Early rejections of this process that are not recorded, by drop, second and reason."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._counts: dict[tuple[str, datetime], Counter[str]] = {}
        self._lock = threading.Lock()
        self._name = f"turned-away/{secrets.token_hex(8)}"

    def count(self, drop_id: str, reason: str, at: datetime) -> None:
        """Count one rejection in memory; drop it where SECONDS_MAX other seconds are kept."""
        second = drop_id, at.replace(microsecond=0)
        with self._lock:
            found = self._counts.get(second)
            if found is None:
                if len(self._counts) >= SECONDS_MAX:
                    return
                found = self._counts[second] = Counter()
            found[reason] += 1

    def record_on(self, wait: Callable[[float], bool]) -> None:
        """Record finished seconds until `wait(seconds)`, a sleep, returns true; then the rest."""
        while not wait(1.0):
            self.record(self._ledger.time().replace(microsecond=0))
        self.record(None)

    def record(self, before: datetime | None) -> None:
        """Record the counts of the seconds before `before` in the ledger; None records all.

        An error of the ledger is logged and not raised: the counts are kept for the next call.
        """
        with self._lock:
            due = [key for key in self._counts if before is None or key[1] < before]
        for drop_id, at in due:
            with self._lock:
                counts = self._counts[drop_id, at].copy()
            try:
                self._ledger.officers.drops.count_rejected_early(
                    drop_id,
                    at=at,
                    counts=dict(counts),
                    # A request with unknown outcome is recorded at most once.
                    request_id=f"{self._name}/{drop_id}/{at.isoformat()}/{counts.total()}",
                )
            except HongkaError as error:
                _log.warning("who was turned away cannot be recorded yet: %s", error.reason)
                return
            with self._lock:
                self._counts[drop_id, at] -= counts
                if not self._counts[drop_id, at]:
                    del self._counts[drop_id, at]
