"""What members ask of the ledger."""

from __future__ import annotations

from contextlib import suppress

from ledger.desk import Desk
from ledger.errors import KeyEnded
from ledger.member import Member, check_key


class Kiosk(Desk):
    """The verbs of members, over the writer."""

    def member(self, member_id: str, *, key_id: str) -> Member:
        """The member whose live key this is, as last known here: a verb checks again.

        Raises:
            KeyEnded: it was ended, or never made, or there is no such member.

        """
        stream = f"member-{member_id}"
        known: Member | None = self.writer.states.peek(stream)
        if known is not None:
            # What is known here may be old: another process may have made the key since.
            with suppress(KeyEnded):
                check_key(known, key_id)
                return known
        known = self.state(stream)
        check_key(known, key_id)
        return known
