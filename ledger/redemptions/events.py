"""The events of redemptions: made, contested because of a late report, reversed."""

from datetime import date, datetime

import msgspec

from ledger.errors import Particular
from ledger.event import Event, topic


class RedemptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """The amount that one choice took off, and the shares of the merchant and the union.

    The union's share comes out of `fund_id`, a fund of `programme`, as its reservation number
    `reservation`; where the union pays nothing they are None and empty. A share of a fund without
    a number waits for an officer (`is_held`). `counted` says that the line counts to the ceilings
    of its offer.
    """

    choice_id: str
    kind: str
    merchant_share_minor: int
    union_share_minor: int
    fund_id: str | None = None
    programme: str = ""
    reservation: int | None = None
    counted: bool = False

    @property
    def covered_minor(self) -> int:
        """The whole amount taken off, in minor units: the merchant's share and the union's."""
        return self.merchant_share_minor + self.union_share_minor

    @property
    def is_held(self) -> bool:
        """True if the union's share is held in its fund until an officer decides the contest."""
        return self.fund_id is not None and self.reservation is None


class Lateness(msgspec.Struct, frozen=True):
    """The arrival time of an offline redemption and its number in the till's sequence.

    `counts` says whether it counts against the member's limits: not where the card was no longer
    the member's, or the time of the scan is unknown.
    """

    arrived_at: datetime
    number: int
    counts: bool = True


@topic("redemption.made", "核销", "Redeemed")
class Redeemed(Event, frozen=True, kw_only=True):
    """Benefits were used on a purchase. `at` is the scan (UTC); `day`, its day in the rules' zone.

    `code_id` is None for a printed code, `late` None for a redemption made online, and `lines`
    empty where the card was only shown. The three shares add up to `price_minor`.
    """

    STREAM = ("redemption", "member_id")

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
    def at_till(self) -> str:
        """The till with its merchant: `merchant.till`."""
        return f"{self.merchant_id}.{self.till_id}"


class OfflineDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """The discount that a till gave offline for one choice, split by who was to pay it."""

    choice_id: str
    merchant_share_minor: int
    union_share_minor: int

    @property
    def covered_minor(self) -> int:
        """The whole discount in minor units, both shares together."""
        return self.merchant_share_minor + self.union_share_minor


@topic("redemption.contested", "离线核销有争议", "Offline redemption contested")
class Contested(Event, frozen=True, kw_only=True):
    """A till gave a discount offline that the rules refuse. The member keeps it.

    Another party bears the loss. `made` is the redemption as booked: a liable merchant pays the
    whole discount. For an unknown card `made` names no member, and nothing is booked. `given` is
    the discount the till reported, `scanned_at` the time by its own clock; `reason` is the refusal
    of the rules; `borne_by` is `union` or `merchant`; `because` is the row of the table in
    `ledger.offline.liability`.
    """

    made: Redeemed
    given: tuple[OfflineDiscount, ...]
    scanned_at: datetime
    reason: str
    particulars: dict[str, Particular]
    borne_by: str
    because: str

    @property
    def booked(self) -> Redeemed | None:
        """The redemption as booked; None for an unknown card, which is not booked."""
        return self.made if self.made.member_id else None

    @property
    def stream(self) -> str:
        """The stream of the member; for an unknown card, of the merchant's refusals of the day."""
        if self.made.member_id:
            return self.made.stream
        return f"refusal-{self.made.merchant_id}-{self.made.day}"


@topic("redemption.contest_decided", "裁定有争议的核销", "Contest decided")
class ContestDecided(Event, frozen=True, kw_only=True):
    """An officer decided whether the union bears a contested redemption that waited: `was`.

    `made` is the redemption as it is booked from now on: accepted, its union shares have
    reservation numbers; declined, the merchant bears the whole discount.
    """

    was: Redeemed
    made: Redeemed
    officer_id: str
    at: datetime
    day: date

    @property
    def stream(self) -> str:
        """The stream of the member."""
        return self.made.stream

    @property
    def is_accepted(self) -> bool:
        """True if the union bears its share."""
        return self.made.union_share_minor > 0


@topic("redemption.reversed", "冲正", "Reversed")
class Reversed(Event, frozen=True, kw_only=True):
    """A whole redemption was reversed; `undone` is the redemption, `day` that of the reversal."""

    undone: Redeemed
    reason: str
    at: datetime
    day: date
    cashier_id: str = ""

    @property
    def stream(self) -> str:
        """The stream of the member."""
        return self.undone.stream
