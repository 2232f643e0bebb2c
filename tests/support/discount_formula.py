"""The discount formula of tills in Python, to judge the kinds, the ledger and the browser by."""

from typing import NamedTuple

from ledger.benefits.formula import Formula
from ledger.money import portion


class DiscountShares(NamedTuple):
    """A discount split by payer: the merchant's share and the union's, in minor units."""

    merchant_share_minor: int
    union_share_minor: int

    @property
    def covered_minor(self) -> int:
        """The whole discount in minor units, both shares together."""
        return self.merchant_share_minor + self.union_share_minor


def discount_shares(
    formula: Formula, *, price_minor: int, left_minor: int
) -> DiscountShares | None:
    """Return the discount on a price of which `left_minor` is left to pay; None for no discount.

    `price_minor` is 1 or more, and `left_minor` 1 … `price_minor`.
    """
    if price_minor < formula.threshold_minor:
        return None
    off_minor = portion(left_minor, formula.basis_points) + formula.amount_minor
    if formula.price_minor is not None:
        off_minor = left_minor - formula.price_minor
    off_minor = min(off_minor, left_minor)
    if off_minor <= 0:
        return None
    if formula.worth_max_minor is not None:
        off_minor = min(off_minor, formula.worth_max_minor)
    union_share_minor = portion(off_minor, formula.union_basis_points)
    return DiscountShares(off_minor - union_share_minor, union_share_minor)
