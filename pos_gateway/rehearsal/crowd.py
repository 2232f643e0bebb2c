"""The crowd of a rehearsal: how each member presses, and which slot each member wants."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

from ledger.drops.terms import Plan, slot_name

PERCENT = 100


class Way(StrEnum):
    """How a simulated member presses the claim button.

    Honest: once, and again only where no answer came. Impatient: ten times. A bot: without pause,
    from before the opening to the end.
    """

    HONEST = "honest"
    IMPATIENT = "impatient"
    BOT = "bot"


class Shares(NamedTuple):
    """The percentage of members who press in each way."""

    honest: int = 70
    impatient: int = 25
    bot: int = 5


class Choice(NamedTuple):
    """A choice of item, session and party."""

    item: str
    session: str
    party: int

    @property
    def slot(self) -> str:
        """The name of the slot."""
        return slot_name(self.item, self.session)


class Player(NamedTuple):
    """A member who takes part, with their key and the way they press."""

    number: int
    member_id: str
    branch: str
    groups: tuple[str, ...]
    key: str
    way: Way


class Taste:
    """The members' preferences: the first slots of a plan most, so that some sell out sooner."""

    def __init__(self, plan: Plan) -> None:
        self._parties = {name: item.party_max for name, (item, _) in plan.slots.items()}
        self._slots = [(item.item_id, one.session_id) for item, one in plan.slots.values()]
        self._weights = [1 / place for place in range(1, len(self._slots) + 1)]

    def choose(self, chance: Random) -> Choice:
        """Choose a slot and a party size."""
        (slot,) = chance.choices(self._slots, self._weights)
        return self._with_party(slot, chance)

    def elsewhere(self, left: Sequence[tuple[str, str]], chance: Random) -> Choice | None:
        """Choose one of the slots left, given as (item, session); None if there is none."""
        known = [slot for slot in left if slot_name(*slot) in self._parties]
        return self._with_party(chance.choice(known), chance) if known else None

    def _with_party(self, slot: tuple[str, str], chance: Random) -> Choice:
        return Choice(*slot, chance.randint(1, self._parties[slot_name(*slot)]))


def ways(count: int, shares: Shares, chance: Random) -> list[Way]:
    """Return the way of each of `count` members: exactly these shares, shuffled."""
    impatient = count * shares.impatient // PERCENT
    bots = count * shares.bot // PERCENT
    honest = count - impatient - bots
    mixed = [Way.HONEST] * honest + [Way.IMPATIENT] * impatient + [Way.BOT] * bots
    chance.shuffle(mixed)
    return mixed
