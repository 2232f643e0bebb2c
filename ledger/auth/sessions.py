"""The door: who is signed in where, and how often somebody knocked; kept apart from the log."""

from __future__ import annotations

import hashlib
import math
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Self

from ledger.store import session_rows
from ledger.store.session_rows import Session
from ledger.store.side_tables import Side

__all__ = ["SECRET_BYTES", "Door", "Session", "session_id_of"]

SECRET_BYTES = 32

SESSIONS_MAX = 20
"""The most sessions of one subject; one more ends the one that was seen longest ago."""

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is kept when a session was last used."""

DEVICE_CHARACTERS_MAX = 100


class Door:
    """Sessions and tries; safe to share between threads and processes. Made by `open`."""

    def __init__(self, side: Side) -> None:
        self._side = side

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the door at a database URL, with its tables made if they are missing.

        Raises:
            ValueError: the URL names no SQLite file and no PostgreSQL database.
            Busy: the database did not answer in time.

        """
        side = Side(url, session_rows.PART)
        side.create()
        return cls(side)

    def close(self) -> None:
        """Let the database go."""
        self._side.close()

    def begin(
        self,
        door: str,
        subject: str,
        *,
        now: datetime,
        lasts: timedelta,
        device: str,
        methods: str,
        random_bytes: bytes,
    ) -> tuple[str, Session]:
        """Let somebody in: the secret for their browser, from 32 random bytes, and the session.

        Raises:
            ValueError: not 32 bytes.
            Busy: not now.

        """
        if len(random_bytes) != SECRET_BYTES:
            raise ValueError("the secret of a session takes 32 random bytes")
        secret = urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
        session = Session(
            session_id_of(secret),
            door,
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

    def session(self, door: str, secret: str, *, now: datetime, idle: timedelta) -> Session | None:
        """The session of a secret at one door; None where it is over, or not used for `idle`.

        Raises:
            Busy: not now.

        """
        session_id = session_id_of(secret)
        with self._side.reading() as connection:
            found = session_rows.session_rows(connection, session_id=session_id)
        session = found[0] if found else None
        if session is None or session.door != door:  # at another, it would go idle later
            return None
        if session.ends_at <= now or session.seen_at + idle <= now:
            return None
        if now - session.seen_at >= min(SEEN_EVERY, idle / 4):
            session = session._replace(seen_at=now)
            with self._side.writing() as connection:
                session_rows.see_session(connection, session_id, seen_at=now)
        return session

    def sessions(self, subject: str, *, now: datetime) -> list[Session]:
        """The sessions of a subject that go on, the latest seen first.

        Raises:
            Busy: not now.

        """
        with self._side.reading() as connection:
            found = session_rows.session_rows(connection, subject=subject)
        return [one for one in found if one.ends_at > now]

    def end(self, subject: str, session_id: str) -> None:
        """End a session; one that is over stays so.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            session_rows.end_sessions(connection, subject, session_id=session_id)

    def end_all(self, subject: str, *, but: str | None = None) -> None:
        """End every session of a subject, or every other one.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            session_rows.end_sessions(connection, subject, but=but)

    def knock(self, bucket: str, *, most: int, within: timedelta, now: datetime) -> int:
        """Count a try; how many seconds to wait where there were more than `most`, else 0.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            tries, ends_at = session_rows.count_try(
                connection, bucket, now=now, ends_at=now + within
            )
        return 0 if tries <= most else max(1, math.ceil((ends_at - now).total_seconds()))

    def forget(self, bucket: str) -> None:
        """Count from nought again.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            session_rows.forget_tries(connection, bucket)


def session_id_of(secret: str) -> str:
    """What is kept of a session's secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
