"""What is recorded of redemptions: made, contested because they came late, reversed."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from ledger.errors import Particular
from ledger.event import Event, topic
from ledger.redemptions.line import RedemptionLine


class Lateness(msgspec.Struct, frozen=True):
    """Of what a till did offline: when it arrived, under which number of the till.

    It `counts` against the member's limits, unless it was not the member's card any more, or
    nobody can say when it was.
    """

    arrived_at: datetime
    number: int
    counts: bool = True


@topic("redemption.made", "核销", "Redeemed")
class Redeemed(Event, frozen=True, kw_only=True):
    """Benefits were used on a purchase. `at` is the scan; `day`, its day in the rules' zone."""

    redemption_id: str
    member_id: str
    card_id: str
    branch: str
    merchant_id: str
    outlet_id: str
    till_id: str
    category: str | None
    at: datetime
    day: date
    price_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    lines: tuple[RedemptionLine, ...]
    code_id: str | None = None
    cashier_id: str = ""
    late: Lateness | None = None

    @property
    def stream(self) -> str:
        """The member's."""
        return f"redemption-{self.member_id}"

    @property
    def at_till(self) -> str:
        """The till, told from those of other merchants."""
        return f"{self.merchant_id}.{self.till_id}"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a till took off for one choice while it was offline, and who was to pay it."""

    choice_id: str
    merchant_share_minor: int
    union_share_minor: int

    @property
    def covered_minor(self) -> int:
        """All that it took off."""
        return self.merchant_share_minor + self.union_share_minor


@topic("redemption.contested", "离线核销有争议", "Offline redemption contested")
class Contested(Event, frozen=True, kw_only=True):
    """A till gave offline what the rules say no to. The member has it; somebody bears the loss.

    `made` is how it stands in the books: a merchant that bears it pays all that was taken off. Of a
    card nobody knows `made` names no member, and nothing is booked. `given` is what the till said
    it gave, `scanned_at` when, by its own clock; `reason`, what the rules say; `borne_by`, `union`
    or `merchant`; `because`, which row of the table in `ledger.offline.liability`.
    """

    made: Redeemed
    given: tuple[Given, ...]
    scanned_at: datetime
    reason: str
    particulars: dict[str, Particular]
    borne_by: str
    because: str

    @property
    def booked(self) -> Redeemed | None:
        """What stands in the books, if anything."""
        return self.made if self.made.member_id else None

    @property
    def stream(self) -> str:
        """The member's; of a card nobody knows, that of the merchant's refusals of the day."""
        if self.made.member_id:
            return self.made.stream
        return f"refusal-{self.made.merchant_id}-{self.made.day}"


@topic("redemption.reversed", "冲正", "Reversed")
class Reversed(Event, frozen=True, kw_only=True):
    """A redemption was undone, whole; `undone` is what it was."""

    undone: Redeemed
    reason: str
    at: datetime
    day: date
    cashier_id: str = ""

    @property
    def stream(self) -> str:
        """The member's."""
        return self.undone.stream
