"""Sign-in sessions and counts of attempts, in tables beside the log."""

import hashlib
import math
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from ledger.store import session_rows
from ledger.store.session_rows import Session
from ledger.store.side_tables import Side

__all__ = ["SECRET_BYTES", "Session", "SessionStore", "session_id_of"]

SECRET_BYTES = 32

SESSIONS_MAX = 20
"""The most sessions of one subject; one more ends the least recently used one."""

SEEN_EVERY = timedelta(minutes=5)
"""The interval at which a session's time of last use is updated at most."""

DEVICE_CHARACTERS_MAX = 100


class SessionStore:
    """Sessions and counted attempts; safe to share between threads and processes.

    `open` makes it. Its methods raise Busy where the database does not answer in time.
    """

    def __init__(self, side: Side) -> None:
        self._side = side

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store at a database URL, and make missing tables."""
        side = Side(url, session_rows.PART)
        side.create()
        return cls(side)

    def close(self) -> None:
        """Close every connection to the database."""
        self._side.close()

    def begin(
        self,
        realm: str,
        subject: str,
        *,
        now: datetime,
        lasts: timedelta,
        device: str,
        methods: str,
        random_bytes: bytes,
    ) -> tuple[str, Session]:
        """Start a session until `now + lasts`; return the secret for the browser, and the session.

        The realm is one of REALMS of the gateway, the subject `member-…` or `staff-…`.
        `device` describes the browser (cut to 100 characters), `methods` the proofs of identity.
        The secret is made of the `random_bytes`; other than 32 raise ValueError. Beyond
        SESSIONS_MAX, the subject's least recently used sessions end.
        """
        if len(random_bytes) != SECRET_BYTES:
            raise ValueError("the secret of a session takes 32 random bytes")
        secret = urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
        session = Session(
            session_id_of(secret),
            realm,
            subject,
            begun_at=now,
            seen_at=now,
            ends_at=now + lasts,
            device=device[:DEVICE_CHARACTERS_MAX],
            methods=methods,
        )
        with self._side.writing() as connection:
            session_rows.add_session(connection, session)
            session_rows.end_oldest(connection, subject, most=SESSIONS_MAX)
        return secret, session

    def session(self, realm: str, secret: str, *, now: datetime, idle: timedelta) -> Session | None:
        """Return the live session of a secret in one realm, and record its use (every few minutes).

        None if there is none, it ended, belongs to another realm, or was not used for `idle`.
        """
        session_id = session_id_of(secret)
        with self._side.reading() as connection:
            found = session_rows.session_rows(connection, session_id=session_id)
        session = found[0] if found else None
        if session is None or session.realm != realm:  # another realm has another idle time
            return None
        if session.ends_at <= now or session.seen_at + idle <= now:
            return None
        if now - session.seen_at >= min(SEEN_EVERY, idle / 4):
            session = session._replace(seen_at=now)
            with self._side.writing() as connection:
                session_rows.see_session(connection, session_id, seen_at=now)
        return session

    def sessions(self, subject: str, *, now: datetime) -> list[Session]:
        """Return a subject's sessions before their end, idle ones too, the latest used first."""
        with self._side.reading() as connection:
            found = session_rows.session_rows(connection, subject=subject)
        return [one for one in found if one.ends_at > now]

    def end(self, subject: str, session_id: str) -> None:
        """End the session with this id; do nothing if the subject has no such session."""
        with self._side.writing() as connection:
            session_rows.end_sessions(connection, subject, session_id=session_id)

    def end_all(self, subject: str, *, but: str | None = None) -> None:
        """End every session of a subject but the one with the id `but`; None spares none."""
        with self._side.writing() as connection:
            session_rows.end_sessions(connection, subject, but=but)

    def sweep(self, *, now: datetime, idle: Mapping[str, timedelta]) -> None:
        """Delete what ended, and the sessions not used for the `idle` time of their realm."""
        with self._side.writing() as connection:
            session_rows.remove_late(connection, now)
            for realm, lasts in idle.items():
                session_rows.remove_idle(connection, realm, seen_before=now - lasts)

    def hit(self, bucket: str, *, most: int, within: timedelta, now: datetime) -> int:
        """Count an attempt; return 0 if it is allowed, else the seconds until the count is reset.

        Attempts with one `bucket`, any name, count together: at most `most` in the period `within`,
        which starts at the first of them.
        """
        with self._side.writing() as connection:
            tries, ends_at = session_rows.count_try(
                connection, bucket, now=now, ends_at=now + within
            )
        return 0 if tries <= most else max(1, math.ceil((ends_at - now).total_seconds()))

    def reset(self, bucket: str) -> None:
        """Forget the attempts counted in a bucket, so that the next one is the first."""
        with self._side.writing() as connection:
            session_rows.forget_tries(connection, bucket)


def session_id_of(secret: str) -> str:
    """Return the id under which a session is stored: the SHA-256 of its secret, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
