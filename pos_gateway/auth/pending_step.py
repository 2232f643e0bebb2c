"""A step of signing in that waits for the next: known by a secret that one browser alone holds."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from ledger.auth.pending import Pending
from pos_gateway.auth.sealing import Keeping

SECRET_BYTES = 32
SECRET_LENGTH_MAX = 200

T = TypeVar("T", bound=msgspec.Struct)


class Steps:
    """Steps that wait, each under the blinded form of its secret."""

    def __init__(self, pending: Pending, keeping: Keeping) -> None:
        self._pending = pending
        self._keeping = keeping

    def begin(
        self,
        purpose: str,
        kept: msgspec.Struct,
        *,
        now: datetime,
        lasts: timedelta,
        random_bytes: bytes,
    ) -> str:
        """Let a step wait; the secret to go on with, from 32 random bytes.

        Raises:
            ValueError: not 32 bytes.
            Busy: not now.

        """
        if len(random_bytes) != SECRET_BYTES:
            raise ValueError("the secret of a step takes 32 random bytes")
        secret = urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
        written = msgspec.json.encode(kept)
        self._pending.put(purpose, self._about(purpose, secret), written, now=now, lasts=lasts)
        return secret

    def look(self, purpose: str, secret: str, kind: type[T], *, now: datetime) -> T | None:
        """The step that waits under this secret; None where none does.

        Raises:
            Busy: not now.

        """
        if len(secret) > SECRET_LENGTH_MAX:
            return None
        found = self._pending.look(purpose, self._about(purpose, secret), now=now)
        return None if found is None else msgspec.json.decode(found, type=kind)

    def take(self, purpose: str, secret: str, kind: type[T], *, now: datetime) -> T | None:
        """The step that waits under this secret, which then waits no more.

        Raises:
            Busy: not now.

        """
        if len(secret) > SECRET_LENGTH_MAX:
            return None
        found = self._pending.take(purpose, self._about(purpose, secret), now=now)
        return None if found is None else msgspec.json.decode(found, type=kind)

    def _about(self, purpose: str, secret: str) -> str:
        return self._keeping.blind("step", purpose, secret)
