"""Refusals: what was refused, where and why, kept for statistics and for whoever asks again."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from ledger.errors import Particular, Refusal
from ledger.event import Event, topic

CATEGORY = "refusal"


@topic("redemption.refused", "未能核销", "Refused")
class Refused(Event, frozen=True, kw_only=True):
    """A merchant was told no."""

    redemption_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    card_id: str
    choices: tuple[str, ...]
    category: str | None
    price_minor: int
    at: datetime
    day: date
    reason: str
    particulars: dict[str, Particular]

    @property
    def stream(self) -> str:
        """One merchant, one day."""
        return f"{CATEGORY}-{self.merchant_id}-{self.day}"

    @property
    def refusal(self) -> Refusal:
        """The refusal as it was given."""
        return Refusal.of(self.reason, self.particulars)


@topic("drop.turned_away", "未抢到", "Turned away")
class TurnedAway(Event, frozen=True, kw_only=True):
    """In the second that began at `at` so many were told, by reason, that a drop has nothing.

    Not one by one: who presses ten times would fill the log. One gateway's count.
    """

    drop_id: str
    at: datetime
    day: date
    counts: dict[str, int]

    @property
    def stream(self) -> str:
        """One drop, one day."""
        return f"{CATEGORY}-drop-{self.drop_id}-{self.day}"


class Refusals(msgspec.Struct, frozen=True):
    """How many there were; no rule asks."""

    count: int = 0


INITIAL = Refusals()


def evolve(state: Refusals, event: Event) -> Refusals:
    """The refusals after some more; a contested redemption of a card nobody knows is one."""
    more = sum(event.counts.values()) if isinstance(event, TurnedAway) else 1
    return Refusals(state.count + more)
