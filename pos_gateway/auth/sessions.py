"""Sessions as the gateway sees them: how long they last at each door, and in which cookie."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.auth.sessions import SECRET_BYTES, Door, Session, session_id_of

KNOWN_SECONDS = 2.0
"""How long a session is believed without asking: one that is ended elsewhere lives so long."""

KNOWN_MAX = 50_000


class Lasting(NamedTuple):
    """How long a session lasts, and how long it may go unused."""

    lasts: timedelta
    idle: timedelta


DOORS: dict[str, Lasting] = {
    "card": Lasting(timedelta(days=180), timedelta(days=60)),
    "desk": Lasting(timedelta(hours=12), timedelta(hours=1)),
    "shop": Lasting(timedelta(days=30), timedelta(days=7)),
    "cashier": Lasting(timedelta(hours=16), timedelta(hours=8)),
}
"""Members keep a phone, officers share an office; a cashier's shift ends with the day."""


class Sessions:
    """The sessions of this house, those lately seen kept at hand."""

    def __init__(self, door: Door, clock: Callable[[], datetime]) -> None:
        self._door = door
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Session]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, door: str, subject: str, *, device: str, methods: str) -> str:
        """Let somebody in; the secret for their browser."""
        secret, _ = self._door.begin(
            door,
            subject,
            now=self._clock(),
            lasts=DOORS[door].lasts,
            device=device,
            methods=methods,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
        )
        return secret

    def of(self, door: str, secret: str) -> Session | None:
        """The session of a secret at this door, if it goes on."""
        session_id = session_id_of(secret)
        now = self._clock()
        with self._lock:
            read_at, known = self._known.get(session_id, (0.0, None))
        if known is None or time.monotonic() - read_at > KNOWN_SECONDS:
            known = self._door.session(door, secret, now=now, idle=DOORS[door].idle)
            self._keep(session_id, known)
        if known is None or known.door != door or known.ends_at <= now:
            return None
        return known

    def listed(self, subject: str) -> list[Session]:
        """Where somebody is signed in, the latest seen first."""
        return self._door.sessions(subject, now=self._clock())

    def end(self, subject: str, session_id: str) -> None:
        """End a session of this subject: at once here, within KNOWN_SECONDS everywhere."""
        self._door.end(subject, session_id)
        self._keep(session_id, None)

    def end_all(self, subject: str, *, but: str | None = None) -> None:
        """End every session of a subject, or every other one."""
        self._door.end_all(subject, but=but)
        with self._lock:
            self._known.clear()

    def _keep(self, session_id: str, session: Session | None) -> None:
        with self._lock:
            self._known.pop(session_id, None)
            if session is not None:
                self._known[session_id] = (time.monotonic(), session)
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)


def csrf_of(secret: str) -> str:
    """What a form must carry that was shown to the browser holding this secret."""
    digest = hmac.digest(secret.encode(), b"hongka form", hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()
