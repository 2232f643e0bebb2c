"""Pending sign-in state with an expiry: codes that were sent, steps that wait for the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ledger.store import credential_rows as rows
from ledger.store.side_tables import Side

T = TypeVar("T")

Change = Callable[[bytes | None], tuple[bytes | None, T]]
"""A function of the stored value (or None) to the new one (None removes it), and an answer."""


class Pending:
    """Pending values by purpose and name; safe to share between threads and processes.

    Its methods raise Busy where the database does not answer in time; then nothing is changed.
    """

    def __init__(self, side: Side) -> None:
        """Use these auxiliary tables, which must exist (see `Side.create`)."""
        self._side = side

    def put(
        self, purpose: str, about: str, kept: bytes, *, now: datetime, lasts: timedelta
    ) -> None:
        """Store a value until `now + lasts`, in place of one with the same purpose and name."""
        with self._side.writing() as connection:
            rows.remove_late(connection, now)
            rows.put_pending(connection, purpose, about, kept, ends_at=now + lasts)

    def look(self, purpose: str, about: str, *, now: datetime) -> bytes | None:
        """Return a value and keep it; None if it is missing or expired."""
        with self._side.reading() as connection:
            return rows.pending(connection, purpose, about, now=now)

    def take(self, purpose: str, about: str, *, now: datetime) -> bytes | None:
        """Return a value and remove it; None if it is missing or expired."""
        return self.decide(purpose, about, lambda kept: (None, kept), now=now)

    def decide(self, purpose: str, about: str, change: Change[T], *, now: datetime) -> T:
        """Apply `change` to a value (None if missing or expired) under the lock; return its answer.

        The changed value keeps its expiry.
        """
        with self._side.writing() as connection:
            kept = rows.pending(connection, purpose, about, now=now)
            after, answer = change(kept)
            if after is None:
                rows.remove_pending(connection, purpose, about)
            elif after != kept:
                rows.change_pending(connection, purpose, about, after)
        return answer
