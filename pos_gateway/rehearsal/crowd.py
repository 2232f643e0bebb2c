"""The options of a rehearsal, its crowd (how each member presses), and the claims they send."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

import msgspec

from ledger.drops.terms import Plan, slot_name

PERCENT = 100

MEMBERS_MAX = 100_000
SECONDS_MAX = 600
GATEWAYS_MAX = 8
CONNECTIONS_MAX = 4_096


class Way(StrEnum):
    """The manner in which a simulated member presses the claim button.

    Honest: once; again if no answer comes, and perhaps for another slot if theirs is sold out.
    Impatient: up to ten times, until there is a ticket. A bot: without pause, from two seconds
    before the opening to the end.
    """

    HONEST = "honest"
    IMPATIENT = "impatient"
    BOT = "bot"


class Shares(NamedTuple):
    """The percentages of honest members, impatient members and bots; they add up to 100."""

    honest: int = 70
    impatient: int = 25
    bot: int = 5


class Choice(NamedTuple):
    """The item, session and party size that a member claims."""

    item: str
    session: str
    party: int

    @property
    def slot(self) -> str:
        """The name of the slot: `item/session`."""
        return slot_name(self.item, self.session)


class Player(NamedTuple):
    """A member who takes part, with their API key in plain text and the way they press.

    `number` counts the players from 0, and selects the random numbers of this one.
    """

    number: int
    member_id: str
    branch: str
    groups: tuple[str, ...]
    key: str
    way: Way


class Taste:
    """The members' preferences among the slots: the earlier in the plan, the more wanted."""

    def __init__(self, plan: Plan) -> None:
        self._parties = {name: item.party_max for name, (item, _) in plan.slots.items()}
        self._slots = [(item.item_id, one.session_id) for item, one in plan.slots.values()]
        self._weights = [1 / place for place in range(1, len(self._slots) + 1)]

    def choose(self, chance: Random) -> Choice:
        """Choose any slot, whether places are left or not, and a party of 1 to its largest."""
        (slot,) = chance.choices(self._slots, self._weights)
        return self._with_party(slot, chance)

    def elsewhere(self, left: Sequence[tuple[str, str]], chance: Random) -> Choice | None:
        """Choose one of the slots `left`, given as (item, session); None if none is the plan's."""
        known = [slot for slot in left if slot_name(*slot) in self._parties]
        return self._with_party(chance.choice(known), chance) if known else None

    def _with_party(self, slot: tuple[str, str], chance: Random) -> Choice:
        return Choice(*slot, chance.randint(1, self._parties[slot_name(*slot)]))


def ways(count: int, shares: Shares, chance: Random) -> list[Way]:
    """Return a way of pressing for each of `count` members, in these shares and shuffled.

    Shares are rounded down, and the rest is honest.
    """
    impatient = count * shares.impatient // PERCENT
    bots = count * shares.bot // PERCENT
    honest = count - impatient - bots
    mixed = [Way.HONEST] * honest + [Way.IMPATIENT] * impatient + [Way.BOT] * bots
    chance.shuffle(mixed)
    return mixed


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a rehearsal: how many members press, until how many seconds after the opening.

    One `seed` makes one crowd. `gateways` None: three, or one where the copy is a SQLite file.
    `connections` are shared by all members. `ledger_url` names an empty database for the copy;
    None: a new one. `kept` keeps the copy afterwards.
    """

    drop_id: str
    members: int
    seconds: int
    seed: int = 1
    shares: Shares = Shares()
    gateways: int | None = None
    connections: int = 256
    ledger_url: str | None = None
    kept: bool = False


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
