"""The parts that all sign-in methods share, and the steps that wait for the next one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from ledger.auth.credentials import Credentials, Pending
from pos_gateway.auth.rate_limit import SharedRateLimiter
from pos_gateway.auth.sealing import Sealing
from pos_gateway.auth.security_log import SecurityLog
from pos_gateway.codes import base64url

SECRET_BYTES = 32
SECRET_LENGTH_MAX = 200

T = TypeVar("T", bound=msgspec.Struct)


class SignInContext(NamedTuple):
    """The stores, keys, limits, log and clock of sign-in; `random(n)` returns n random bytes."""

    credentials: Credentials
    pending: Pending
    sealing: Sealing
    limiter: SharedRateLimiter
    security: SecurityLog
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
        self._security = context.security
        self._now = context.clock
        self._random = context.random


class PendingSteps(SignInMethod):
    """The sign-in steps in progress, each found by a secret that only one browser has."""

    def begin(self, purpose: str, kept: msgspec.Struct, *, lasts: timedelta) -> str:
        """Store the struct `kept` for a time, and return the secret that finds it again."""
        secret = base64url(self._random(SECRET_BYTES))
        written = msgspec.json.encode(kept)
        about = self._about(purpose, secret)
        self._pending.put(purpose, about, written, now=self._now(), lasts=lasts)
        return secret

    def look(self, purpose: str, secret: str, kind: type[T]) -> T | None:
        """Return the struct stored under a secret, and keep it; None if missing or expired."""
        if len(secret) > SECRET_LENGTH_MAX:
            return None
        found = self._pending.look(purpose, self._about(purpose, secret), now=self._now())
        return None if found is None else msgspec.json.decode(found, type=kind)

    def take(self, purpose: str, secret: str, kind: type[T]) -> T | None:
        """Remove and return the struct stored under a secret; None if missing or expired."""
        if len(secret) > SECRET_LENGTH_MAX:
            return None
        found = self._pending.take(purpose, self._about(purpose, secret), now=self._now())
        return None if found is None else msgspec.json.decode(found, type=kind)

    def _about(self, purpose: str, secret: str) -> str:
        return self._sealing.blind("step", purpose, secret)
