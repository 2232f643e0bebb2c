"""The parts that all sign-in methods share: tables, keys, rate limits, clock and randomness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ledger.auth.credentials import Credentials
from ledger.auth.pending import Pending
from pos_gateway.auth.sealing import Sealing
from pos_gateway.auth.shared_rate_limit import SharedRateLimiter


class SignInContext(NamedTuple):
    """The stores, keys, limits and clock of sign-in; `random(n)` returns n random bytes."""

    credentials: Credentials
    pending: Pending
    sealing: Sealing
    limiter: SharedRateLimiter
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]


class SignInMethod:
    """The base of the sign-in methods.

    Every method of a subclass raises Busy where the database does not answer in time.
    """

    def __init__(self, context: SignInContext) -> None:
        self._credentials = context.credentials
        self._pending = context.pending
        self._sealing = context.sealing
        self._limiter = context.limiter
        self._now = context.clock
        self._random = context.random
