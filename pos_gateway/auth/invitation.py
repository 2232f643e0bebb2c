"""Invitations: an officer hands over a code, and a new colleague sets up their sign-in with it."""

from datetime import timedelta
from typing import NamedTuple

from ledger.auth.credentials import Credential
from pos_gateway.auth.recovery import crockford, normal
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import InvitationOver

KIND = "invitation"

CHARACTERS = 20
LASTS = timedelta(days=7)

_GROUP = 5


class Invited(NamedTuple):
    """The subject whom an invitation is for, and the handle by which they will sign in."""

    subject: str
    handle: str


class Invitations(SignInMethod):
    """The open invitations, one a subject, good for seven days; their codes are stored blinded.

    A code that was used, replaced, expired or never existed is rejected with InvitationOver.
    """

    def make(self, subject: str, handle: str, of: str = "") -> str:
        """Store an invitation and return its code, 20 characters in fives; an earlier one ends.

        The code is random, or always the same for the proposal `of`.
        """
        made = bytes.fromhex(self._sealing.blind("invitation of", of)) if of else b""
        code = crockford(made[:CHARACTERS] or self._random(CHARACTERS))
        found_by = self._sealing.blind(KIND, code)
        self._credentials.put(
            Credential(KIND, subject, "", handle.encode(), self._now(), found_by=found_by)
        )
        return "-".join(code[at : at + _GROUP] for at in range(0, CHARACTERS, _GROUP))

    def look(self, code: str) -> Invited:
        """Return the invited subject and handle by a code, and leave the code usable."""
        found = self._found(code)
        return Invited(found.subject, found.kept.decode())

    def spend(self, code: str) -> Invited:
        """Use a code up, and return the invited subject and handle."""
        found = self._found(code)
        if not self._credentials.spend(found):
            raise InvitationOver
        return Invited(found.subject, found.kept.decode())

    def _found(self, code: str) -> Credential:
        found = self._credentials.find(KIND, self._sealing.blind(KIND, normal(code)))
        if found is None or found.made_at + LASTS <= self._now():
            raise InvitationOver
        return found
