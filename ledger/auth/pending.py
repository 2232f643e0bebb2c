"""What waits at the door for an answer, for a while: a code that was sent, a step of signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ledger.store import credential_rows as rows
from ledger.store.side_tables import Side

T = TypeVar("T")

Change = Callable[[bytes | None], tuple[bytes | None, T]]
"""From what waits, what waits afterwards (None for nothing), and the answer."""


class Pending:
    """All that waits; safe to share between threads and processes."""

    def __init__(self, side: Side) -> None:
        """Keep it in tables that are made."""
        self._side = side

    def put(
        self, purpose: str, about: str, kept: bytes, *, now: datetime, lasts: timedelta
    ) -> None:
        """Let something wait so long, in the place of what waited before.

        Raises:
            Busy: not now; putting again is safe.

        """
        with self._side.writing() as connection:
            rows.remove_late(connection, now)
            rows.put_pending(connection, purpose, about, kept, ends_at=now + lasts)

    def look(self, purpose: str, about: str, *, now: datetime) -> bytes | None:
        """What waits; None where nothing does, or it is too late.

        Raises:
            Busy: not now.

        """
        with self._side.reading() as connection:
            return rows.pending(connection, purpose, about, now=now)

    def take(self, purpose: str, about: str, *, now: datetime) -> bytes | None:
        """What waits, which then waits no more.

        Raises:
            Busy: not now.

        """
        return self.decide(purpose, about, lambda kept: (None, kept), now=now)

    def decide(self, purpose: str, about: str, change: Change[T], *, now: datetime) -> T:
        """Change what waits, while nobody else can; the answer is that of the change.

        Raises:
            Busy: not now; nothing is changed.

        """
        with self._side.writing() as connection:
            kept = rows.pending(connection, purpose, about, now=now)
            after, answer = change(kept)
            if after is None:
                rows.remove_pending(connection, purpose, about)
            elif after != kept:
                rows.change_pending(connection, purpose, about, after)
        return answer
