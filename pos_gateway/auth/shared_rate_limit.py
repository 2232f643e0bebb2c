"""Rate limits that all workers share, for strangers too; the counted names are blinded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.auth.sessions import SessionStore
from pos_gateway.auth.sealing import Sealing
from pos_gateway.errors.http import TooManyRequests


class Limit(NamedTuple):
    """A number of hits within a time."""

    most: int
    within: timedelta


CODE_SOON = Limit(1, timedelta(minutes=1))
CODE_LATER = Limit(5, timedelta(hours=1))
"""Codes sent to one phone."""

CODE_ADDRESS = Limit(300, timedelta(hours=1))
"""Codes requested from one address: thousands of phones may share one."""

GUESSES = Limit(10, timedelta(minutes=15))
"""Wrong answers for one subject."""

GUESSES_ADDRESS = Limit(300, timedelta(minutes=15))
"""Wrong answers from one address."""

STEPS_ADDRESS = Limit(1_000, timedelta(minutes=15))
"""Sign-in steps that wait for one address."""

PAIRING_ADDRESS = Limit(5, timedelta(minutes=10))
PAIRING_ALL = Limit(20, timedelta(minutes=1))
"""Wrong codes of pairing, from one address and from all."""


class SharedRateLimiter:
    """Counts hits in the session store. Its methods raise Busy where the database is away."""

    def __init__(
        self, store: SessionStore, sealing: Sealing, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._now = clock

    def hit(self, limit: Limit, what: str, of: str) -> None:
        """Count a hit.

        Raises:
            TooManyRequests: the limit is reached for `retry_after_seconds`.

        """
        wait = self._store.hit(
            self._bucket(what, of), most=limit.most, within=limit.within, now=self._now()
        )
        if wait:
            raise TooManyRequests(retry_after_seconds=wait)

    def reset(self, what: str, of: str) -> None:
        """Count from zero again, after a successful proof."""
        self._store.reset(self._bucket(what, of))

    def _bucket(self, what: str, of: str) -> str:
        return self._sealing.blind("limit", what, of)
