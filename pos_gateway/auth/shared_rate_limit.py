"""How often may be tried at the door: counted by all workers together, strangers included."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.auth.sessions import Door
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.http import TooManyRequests


class Limit(NamedTuple):
    """So many in so long a time."""

    most: int
    within: timedelta


CODE_SOON = Limit(1, timedelta(minutes=1))
CODE_LATER = Limit(5, timedelta(hours=1))
"""Codes sent to one phone."""

CODE_ADDRESS = Limit(300, timedelta(hours=1))
"""Codes asked for from one address: thousands of phones may share one of their network's."""

GUESSES = Limit(10, timedelta(minutes=15))
"""Wrong answers for one subject."""

GUESSES_ADDRESS = Limit(300, timedelta(minutes=15))
"""Wrong answers from one address."""

STEPS_ADDRESS = Limit(1_000, timedelta(minutes=15))
"""Questions kept for one address until they are answered."""

PAIRING_ADDRESS = Limit(5, timedelta(minutes=10))
PAIRING_ALL = Limit(20, timedelta(minutes=1))
"""Wrong codes of pairing, from one address and from all."""


class Limits:
    """Counts at the door; whom or what is counted is kept blinded."""

    def __init__(self, door: Door, keeping: Keeping) -> None:
        self._door = door
        self._keeping = keeping

    def check(self, limit: Limit, what: str, of: str, *, now: datetime) -> None:
        """Count one more.

        Raises:
            TooManyRequests: it is one too many; `retry_after_seconds` says when there is room.
            Busy: not now.

        """
        bucket = self._bucket(what, of)
        wait = self._door.knock(bucket, most=limit.most, within=limit.within, now=now)
        if wait:
            raise TooManyRequests(retry_after_seconds=wait)

    def forget(self, what: str, of: str) -> None:
        """Count from nought: who proved who they are made no wrong tries.

        Raises:
            Busy: not now.

        """
        self._door.forget(self._bucket(what, of))

    def _bucket(self, what: str, of: str) -> str:
        return self._keeping.blind("limit", what, of)
