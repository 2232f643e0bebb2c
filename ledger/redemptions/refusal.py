"""Refusals: kept for statistics, and to answer a repeated request."""

from datetime import date, datetime

import msgspec

from ledger.errors import Particular, Refusal
from ledger.event import Event, topic

CATEGORY = "refusal"


@topic("redemption.refused", "未能核销", "Refused")
class Refused(Event, frozen=True, kw_only=True):
    """A till's request to redeem was refused with the code `reason`; amounts are in minor units."""

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
        """The stream of one merchant and day."""
        return f"{CATEGORY}-{self.merchant_id}-{self.day}"

    @property
    def refusal(self) -> Refusal:
        """The original refusal, built from its reason and particulars."""
        return Refusal.of(self.reason, self.particulars)


@topic("drop.turned_away", "未抢到", "Turned away")
class TurnedAway(Event, frozen=True, kw_only=True):
    """A gateway rejected these numbers of claims, by reason, in the second that began at `at`.

    They are counted and not recorded one by one: members who press ten times would fill the log.
    """

    drop_id: str
    at: datetime
    day: date
    counts: dict[str, int]

    @property
    def stream(self) -> str:
        """The stream of one drop and day."""
        return f"{CATEGORY}-drop-{self.drop_id}-{self.day}"


@topic("till.validations_refused", "验码未通过", "Validations refused")
class ValidationsRefused(Event, frozen=True, kw_only=True):
    """A till's validations said no this often, by reason, in the minute that began at `at`.

    The reason is that of the card or code or, where no choice could be used, that of the first one.
    They are counted and not recorded one by one: a validation promises nothing, and is repeated.
    """

    merchant_id: str
    outlet_id: str
    till_id: str
    at: datetime
    day: date
    counts: dict[str, int]

    @property
    def stream(self) -> str:
        """The stream of one merchant and day."""
        return f"{CATEGORY}-{self.merchant_id}-{self.day}"


class Refusals(msgspec.Struct, frozen=True):
    """The number of refusals of one merchant, or of one drop, on a day; no rule reads it."""

    count: int = 0


INITIAL = Refusals()


def evolve(state: Refusals, event: Event) -> Refusals:
    """Return the state after one more event: one with counts adds them all, any other adds one."""
    match event:
        case TurnedAway() | ValidationsRefused():
            return Refusals(state.count + sum(event.counts.values()))
        case _:
            return Refusals(state.count + 1)
