"""A line of a redemption: one choice, the amount it took off, and the shares of it."""

from __future__ import annotations

import msgspec


class RedemptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """The amount that one choice took off, and the shares of the merchant and the union.

    The union's share comes out of `fund_id`, a fund of `programme`, as its reservation number
    `reservation`; the three are empty where the union pays nothing. `counted` says that it drew on
    the ceilings of its offer.
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
