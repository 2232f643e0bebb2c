"""The presses of members in a rehearsal, and what came of each."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from pos_gateway.rehearsal.crowd import Way

UNANSWERED = 0
"""The status of a request that was sent and not answered, for whatever reason."""

CREATED = 201
TOO_OFTEN = 429
SERVER_FAILED = 500
BUSY = 503


class Attempt(NamedTuple):
    """A claim that was sent. Times are seconds after the opening by one clock.

    `pressed` is when the member pressed, `sent` when a connection was free for it, and `answered`
    when the answer had been read, or was given up. `status` is that of HTTP.
    """

    member_id: str
    way: Way
    claim_id: str
    slot: str
    party: int
    pressed: float
    sent: float
    answered: float
    status: int
    reason: str = ""
    ticket: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the member saw a ticket."""
        return bool(self.ticket)

    @property
    def kind(self) -> str:
        """What kind of answer it was: accepted, repeated where the ticket was had, or refused."""
        if self.accepted:
            return "accepted" if self.status == CREATED else "repeated"
        return "refused"

    @property
    def waited(self) -> float:
        """The seconds since the press, or since the opening for who pressed before it."""
        return self.answered - max(self.pressed, 0.0)

    @property
    def decided(self) -> bool:
        """Whether it was sent once the drop was open, and the ledger's rules had a word on it."""
        return (
            self.sent >= 0 and UNANSWERED < self.status < SERVER_FAILED and self.status != TOO_OFTEN
        )

    @property
    def refused(self) -> bool:
        """Whether the answer was a clear no: this request recorded nothing."""
        return not self.accepted and UNANSWERED < self.status < SERVER_FAILED


class Played(NamedTuple):
    """All that was played: every attempt, and the statuses of the members' pages before, counted.

    `unsent` are presses that no connection was free for before the end. `late` is by how many
    seconds a member pressed later than they meant to, at the worst: above all this tells whether
    the machine was enough to play the crowd.
    """

    attempts: list[Attempt]
    pages: Counter[int]
    unsent: int
    late: float
