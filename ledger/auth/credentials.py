"""Credentials: what somebody proves who they are by, each used as often as it may be.

What is kept is a hash, a public key, or sealed by whoever keeps it: nothing here opens anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ledger.store import credential_rows as rows
from ledger.store.credential_rows import Credential
from ledger.store.side_tables import Side

__all__ = ["Credential", "Credentials"]


class Credentials:
    """The credentials of everybody; safe to share between threads and processes."""

    def __init__(self, side: Side) -> None:
        """Keep them in tables that are made."""
        self._side = side

    def of(self, subject: str, kind: str) -> list[Credential]:
        """Those of one kind that a subject has, the oldest first.

        Raises:
            Busy: not now.

        """
        with self._side.reading() as connection:
            return rows.credentials_of(connection, subject, kind)

    def find(self, kind: str, found_by: str) -> Credential | None:
        """The one of a kind that is found by this, or None.

        Raises:
            Busy: not now.

        """
        with self._side.reading() as connection:
            return rows.found_credential(connection, kind, found_by)

    def put(self, credential: Credential, *, most: int = 1) -> bool:
        """Keep a credential, in the place of one with the same name.

        False, and nothing is kept, where it would be found by what finds another's already, or
        where the subject has `most` others of its kind.

        Raises:
            Busy: not now; putting again is safe.

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
        """Keep these in the place of all that the subject had of their kind.

        Raises:
            Busy: not now; putting again is safe.

        """
        with self._side.writing() as connection:
            rows.remove_credentials(connection, subject, kind)
            for credential in credentials:
                rows.put_credential(connection, credential)

    def use(self, credential: Credential, *, counter: int, at: datetime) -> bool:
        """Note that a credential was used; False where it is gone, or its counter did not rise.

        A counter of 0 is that of a credential that does not count.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            kept = rows.still_there(connection, credential)
            if kept is None or (counter <= kept.counter and (counter or kept.counter)):
                return False
            rows.use_credential(connection, kept, counter=counter, at=at)
        return True

    def spend(self, credential: Credential) -> bool:
        """Use a credential up; False where it was spent before.

        Raises:
            Busy: not now.

        """
        return self.remove(credential.subject, credential.kind, credential.name)

    def remove(self, subject: str, kind: str, name: str | None = None) -> bool:
        """Remove one credential, or all of a kind; whether there was one.

        Raises:
            Busy: not now.

        """
        with self._side.writing() as connection:
            return rows.remove_credentials(connection, subject, kind, name)
