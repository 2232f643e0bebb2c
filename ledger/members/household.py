"""A household: how much of each drop it has taken, where a drop sets a limit for households."""

from __future__ import annotations

import msgspec
from immutables import Map

from ledger.event import Event, topic

CATEGORY = "household"
KEPT_WHEN_EMPTY = True


@topic("household.counted", "家庭计数", "Household counted")
class Counted(Event, frozen=True, kw_only=True):
    """So many tickets and entries of a drop more; negative, fewer."""

    household_id: str
    drop_id: str
    tickets: int = 0
    entries: int = 0

    @property
    def stream(self) -> str:
        """The household's."""
        return f"{CATEGORY}-{self.household_id}"


class Taken(msgspec.Struct, frozen=True):
    """What a household has of one drop."""

    tickets: int = 0
    entries: int = 0


class Household(msgspec.Struct, frozen=True):
    """What a household has, by drop."""

    taken: Map[str, Taken] = Map()

    def of(self, drop_id: str) -> Taken:
        """What it has of a drop."""
        return self.taken.get(drop_id, Taken())


INITIAL = Household()


def evolve(state: Household, event: Counted) -> Household:
    """The household after one more event."""
    before = state.of(event.drop_id)
    after = Taken(before.tickets + event.tickets, before.entries + event.entries)
    return Household(state.taken.set(event.drop_id, after))
