"""Invitations: with a code that an officer hands over, somebody new sets up how to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.auth.recovery import crockford, normal
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.sign_in import InvitationOver

KIND = "invitation"

CHARACTERS = 20
LASTS = timedelta(days=7)

_GROUP = 5


class Invited(NamedTuple):
    """Who is invited, and the handle they will sign in by."""

    subject: str
    handle: str


class Invitations:
    """Invitations that wait, one a subject, kept under blinded codes."""

    def __init__(self, credentials: Credentials, keeping: Keeping) -> None:
        self._credentials = credentials
        self._keeping = keeping

    def make(self, subject: str, handle: str, *, now: datetime, random_bytes: bytes) -> str:
        """The code to hand over, from 20 random bytes; one made before does no longer.

        Raises:
            ValueError: not 20 bytes.
            Busy: not now.

        """
        if len(random_bytes) != CHARACTERS:
            raise ValueError("an invitation takes 20 random bytes")
        code = crockford(random_bytes)
        kept = Credential(KIND, subject, "", handle.encode(), now, found_by=self._blinded(code))
        self._credentials.put(kept)
        return "-".join(code[at : at + _GROUP] for at in range(0, CHARACTERS, _GROUP))

    def look(self, code: str, *, now: datetime) -> Invited:
        """Who is invited by a code.

        Raises:
            InvitationOver: it was used, is too old, or never was.
            Busy: not now.

        """
        found = self._credentials.find(KIND, self._blinded(normal(code)))
        if found is None or found.made_at + LASTS <= now:
            raise InvitationOver
        return Invited(found.subject, found.kept.decode())

    def spend(self, code: str, *, now: datetime) -> Invited:
        """Use an invitation.

        Raises:
            InvitationOver: it was used, is too old, or never was.
            Busy: not now.

        """
        invited = self.look(code, now=now)
        found = self._credentials.find(KIND, self._blinded(normal(code)))
        if found is None or not self._credentials.spend(found):
            raise InvitationOver
        return invited

    def _blinded(self, code: str) -> str:
        return self._keeping.blind(KIND, code)
