"""Sessions of the gateway: their lifetimes in each realm, and a short-lived cache."""

import hashlib
import hmac
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from cachetools import LRUCache

from ledger.auth.sessions import SECRET_BYTES, Session, SessionStore, session_id_of

KNOWN_SECONDS = 2.0
"""The time for which a session is cached; one that another process ends lives on for so long."""

KNOWN_MAX = 50_000


class Lifetime(NamedTuple):
    """The bounds of a session: its age since sign-in, and its time without a request."""

    lasts: timedelta
    idle: timedelta


REALMS: dict[str, Lifetime] = {
    "card": Lifetime(timedelta(days=180), timedelta(days=60)),
    "desk": Lifetime(timedelta(hours=12), timedelta(hours=1)),
    "shop": Lifetime(timedelta(days=30), timedelta(days=7)),
    "terminal": Lifetime(timedelta(hours=12), timedelta(hours=1)),
    "cashier": Lifetime(timedelta(hours=16), timedelta(hours=8)),
}
"""The lifetimes by realm: long on a member's own phone, short in a shared office or at a till."""


class Sessions:
    """The sessions in the session store, recent ones cached; Busy where it gives no answer."""

    def __init__(self, store: SessionStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._known: LRUCache[str, tuple[float, Session]] = LRUCache(KNOWN_MAX)
        self._lock = threading.Lock()

    def begin(self, realm: str, subject: str, *, device: str, methods: str) -> str:
        """Start a session in a realm, and return its secret for the browser's cookie.

        `device` and `methods` describe the browser and the way of signing in, for the account page.
        A subject's least recently used session ends if there are more than 20.
        """
        secret, _ = self._store.begin(
            realm,
            subject,
            now=self._clock(),
            lasts=REALMS[realm].lasts,
            device=device,
            methods=methods,
            random_bytes=secrets.token_bytes(SECRET_BYTES),
        )
        return secret

    def of(self, realm: str, secret: str) -> Session | None:
        """Return the live session with this secret in a realm; None if unknown, ended or idle."""
        session_id = session_id_of(secret)
        now = self._clock()
        with self._lock:
            read_at, known = self._known.get(session_id, (0.0, None))
        if known is None or time.monotonic() - read_at > KNOWN_SECONDS:
            known = self._store.session(realm, secret, now=now, idle=REALMS[realm].idle)
            self._keep(session_id, known)
        if known is None or known.realm != realm or known.ends_at <= now:
            return None
        return known

    def listed(self, subject: str) -> list[Session]:
        """Return a subject's sessions that have not ended, idle ones too, the latest used first."""
        return self._store.sessions(subject, now=self._clock())

    def end(self, subject: str, session_id: str) -> None:
        """End one session of a subject: in this process at once, in others within KNOWN_SECONDS."""
        self._store.end(subject, session_id)
        self._keep(session_id, None)

    def end_all(self, subject: str, *, but: str | None = None) -> None:
        """End every session of a subject, except the one with the session id `but`, if given."""
        self._store.end_all(subject, but=but)
        with self._lock:
            self._known.clear()

    def sweep(self) -> None:
        """Delete the sessions that ended or are idle."""
        idle = {realm: lifetime.idle for realm, lifetime in REALMS.items()}
        self._store.sweep(now=self._clock(), idle=idle)

    def _keep(self, session_id: str, session: Session | None) -> None:
        with self._lock:
            self._known.pop(session_id, None)
            if session is not None:
                self._known[session_id] = (time.monotonic(), session)


def csrf_of(secret: str) -> str:
    """Return the CSRF token of a session, computed from its secret."""
    digest = hmac.digest(secret.encode(), b"hongka form", hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()
