"""A household: its tickets and draw entries of each drop that limits households."""

import msgspec
from immutables import Map

from ledger.event import Event, stream_namer, topic

CATEGORY = "household"
stream = stream_namer(CATEGORY)
KEPT_WHEN_EMPTY = True


@topic("household.counted", "家庭计数", "Household counted")
class Counted(Event, frozen=True, kw_only=True):
    """The household's tickets and draw entries in a drop grew by these numbers (negative: fell)."""

    STREAM = (CATEGORY, "household_id")

    household_id: str
    drop_id: str
    tickets: int = 0
    entries: int = 0


class Taken(msgspec.Struct, frozen=True):
    """The numbers of tickets and of draw entries that a household holds in one drop."""

    tickets: int = 0
    entries: int = 0


class Household(msgspec.Struct, frozen=True):
    """The state of a household: its tickets and draw entries of each drop, by drop id."""

    taken: Map[str, Taken] = Map()

    def of(self, drop_id: str) -> Taken:
        """Return the household's numbers of tickets and entries in a drop; zeros if it has none."""
        return self.taken.get(drop_id, Taken())


INITIAL = Household()


def evolve(state: Household, event: Counted) -> Household:
    """Return the state after one more event."""
    before = state.of(event.drop_id)
    after = Taken(before.tickets + event.tickets, before.entries + event.entries)
    return Household(state.taken.set(event.drop_id, after))


def count(household_id: str, drop_id: str, *, tickets: int = 0, entries: int = 0) -> list[Event]:
    """Return the event that adds to a household's numbers for a drop; negative values subtract.

    An empty `household_id` (the member has none) returns no events.
    """
    if not household_id:
        return []
    return [Counted(household_id=household_id, drop_id=drop_id, tickets=tickets, entries=entries)]
