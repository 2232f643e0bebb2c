"""Rate limits that all workers share, for strangers too; the counted names are blinded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.auth.sessions import SessionStore
from pos_gateway.auth.sealing import Sealing
from pos_gateway.errors.http import TooManyRequests


class Limit(NamedTuple):
    """At most `most` hits within the time `within`."""

    most: int
    within: timedelta


CODE_SOON = Limit(1, timedelta(minutes=1))
CODE_LATER = Limit(5, timedelta(hours=1))
"""The bounds of codes sent to one phone, by the minute and by the hour."""

CODE_ADDRESS = Limit(300, timedelta(hours=1))
"""Codes requested from one address: thousands of phones may share one."""

GUESSES = Limit(10, timedelta(minutes=15))
"""The bound of guesses at a secret of one subject."""

GUESSES_ADDRESS = Limit(300, timedelta(minutes=15))
"""The bound of guesses from one client address."""

STEPS_ADDRESS = Limit(1_000, timedelta(minutes=15))
"""The bound of sign-in steps that one client address starts."""

PAIRING_ADDRESS = Limit(5, timedelta(minutes=10))
PAIRING_ALL = Limit(20, timedelta(minutes=1))
"""The bounds of typed pairing codes, from one client address and from all together."""


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
        """Count a hit against `limit`; `what` names the counter, and `of` its person or address.

        Raises:
            TooManyRequests: there were too many hits; the next is allowed after
                `retry_after_seconds`.
        """
        wait = self._store.hit(
            self._bucket(what, of), most=limit.most, within=limit.within, now=self._now()
        )
        if wait:
            raise TooManyRequests(retry_after_seconds=wait)

    def reset(self, what: str, of: str) -> None:
        """Set one counter to zero, as after a right password."""
        self._store.reset(self._bucket(what, of))

    def _bucket(self, what: str, of: str) -> str:
        return self._sealing.blind("limit", what, of)
