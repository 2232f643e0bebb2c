"""Credentials that prove a subject's identity, and pending sign-in state with an expiry."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from ledger.store import credential_rows as rows
from ledger.store.credential_rows import Credential
from ledger.store.side_tables import Side

__all__ = ["Credential", "Credentials", "Pending"]

T = TypeVar("T")

Change = Callable[[bytes | None], tuple[bytes | None, T]]
"""A function of the stored value (or None) to the new one (None removes it), and an answer."""


class Credentials:
    """The credentials of all subjects; safe to share between threads and processes.

    Subjects are `member-…` or `staff-…`. Methods raise Busy where the database does not answer in
    time; calling again is safe.
    """

    def __init__(self, side: Side) -> None:
        """Use these auxiliary tables, which must exist (see `Side.create`)."""
        self._side = side

    def of(self, subject: str, kind: str) -> list[Credential]:
        """Return a subject's credentials of one kind, the oldest first; empty if there are none."""
        with self._side.reading() as connection:
            return rows.credentials_of(connection, subject, kind)

    def find(self, kind: str, found_by: str) -> Credential | None:
        """Return any subject's credential of a kind with this `found_by`; None if there is none."""
        with self._side.reading() as connection:
            return rows.found_credential(connection, kind, found_by)

    def put(self, credential: Credential, *, most: int = 1) -> bool:
        """Store a credential in place of one with the same subject, kind and name, and return True.

        Return False and store nothing where another credential of the kind has its `found_by`, or
        the subject has `most` others of its kind.
        """
        with self._side.writing() as connection:
            others = [
                one.name
                for one in rows.credentials_of(connection, credential.subject, credential.kind)
                if one.name != credential.name
            ]
            if credential.found_by is not None:
                found = rows.found_credential(connection, credential.kind, credential.found_by)
                place = (credential.subject, credential.name)
                if found is not None and (found.subject, found.name) != place:
                    return False
            if len(others) >= most:
                return False
            rows.put_credential(connection, credential)
        return True

    def put_all(self, subject: str, kind: str, credentials: Sequence[Credential]) -> None:
        """Replace all credentials of this kind and subject with the given ones, or with none."""
        with self._side.writing() as connection:
            rows.remove_credentials(connection, subject, kind)
            for credential in credentials:
                rows.put_credential(connection, credential)

    def use(self, credential: Credential, *, counter: int, at: datetime) -> bool:
        """Store the reported `counter` and the time of use `at`, and return True.

        Return False, and store nothing, if the credential was removed or replaced, or its counter
        did not rise: it may be a copy. A credential that does not count always reports 0, and
        passes.
        """
        with self._side.writing() as connection:
            kept = rows.still_there(connection, credential)
            if kept is None or (counter <= kept.counter and (counter or kept.counter)):
                return False
            rows.use_credential(connection, kept, counter=counter, at=at)
        return True

    def spend(self, credential: Credential) -> bool:
        """Remove a one-time credential; return False if it was spent or removed before."""
        return self.remove(credential.subject, credential.kind, credential.name)

    def remove(self, subject: str, kind: str, name: str | None = None) -> bool:
        """Remove one credential or, without `name`, all of the kind; return whether any existed."""
        with self._side.writing() as connection:
            return rows.remove_credentials(connection, subject, kind, name)


class Pending:
    """Values that expire, such as a sign-in under way, each by a purpose and a name, `about`.

    Threads and processes may share it. Its methods raise Busy where the database does not answer in
    time; then nothing is changed.
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

    def forget(self, purpose: str) -> None:
        """Remove all values of a purpose."""
        with self._side.writing() as connection:
            rows.remove_purpose(connection, purpose)

    def sweep(self, *, now: datetime) -> None:
        """Remove all values that have expired."""
        with self._side.writing() as connection:
            rows.remove_late(connection, now)

    def decide(self, purpose: str, about: str, change: Change[T], *, now: datetime) -> T:
        """Apply `change` to a value (None if missing or expired) under the lock; return its answer.

        A changed value keeps its expiry, None removes it, and one for a missing value is not
        stored.
        """
        with self._side.writing() as connection:
            kept = rows.pending(connection, purpose, about, now=now)
            after, answer = change(kept)
            if after is None:
                rows.remove_pending(connection, purpose, about)
            elif after != kept:
                rows.change_pending(connection, purpose, about, after)
        return answer
