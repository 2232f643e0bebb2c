"""The claims that members send in a rehearsal, and their answers."""

from collections import Counter
from typing import NamedTuple

from pos_gateway.rehearsal.crowd import Way

UNANSWERED = 0
"""The `status` of a request that got no answer: a timeout, a broken connection, no JSON."""

CREATED = 201
TOO_OFTEN = 429
SERVER_FAILED = 500
BUSY = 503


class Attempt(NamedTuple):
    """A claim that was sent, and its answer. Times are seconds after the opening.

    `pressed` is when the member pressed, `sent` when a connection became free, and `answered` when
    the answer was read or given up. `slot` is `item/session`, `status` the HTTP status; `reason` is
    "" if none was given, and `ticket` "" if there is none.
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
        """True if the answer held a ticket."""
        return bool(self.ticket)

    @property
    def kind(self) -> str:
        """The kind: accepted (a new ticket), repeated (an old one again), refused (all others)."""
        if self.accepted:
            return "accepted" if self.status == CREATED else "repeated"
        return "refused"

    @property
    def waited(self) -> float:
        """The seconds from the press (from the opening, if that was later) to the answer."""
        return self.answered - max(self.pressed, 0.0)

    @property
    def decided(self) -> bool:
        """True if the claim was sent after the opening, and answered by the ledger's rules.

        No answer, a server error, or 429 "too many requests" count as undecided.
        """
        return (
            self.sent >= 0 and UNANSWERED < self.status < SERVER_FAILED and self.status != TOO_OFTEN
        )

    @property
    def refused(self) -> bool:
        """True if the answer was a clear no: no ticket, a status other than UNANSWERED and 5xx."""
        return not self.accepted and UNANSWERED < self.status < SERVER_FAILED


class Played(NamedTuple):
    """The result of playing: every attempt, and the page reads before, counted by HTTP status.

    `unsent` counts presses for which no connection became free before the end. `late` is the
    largest delay of a press, in seconds: it tells whether the machine could play the crowd.
    """

    attempts: list[Attempt]
    pages: Counter[int]
    unsent: int
    late: float
