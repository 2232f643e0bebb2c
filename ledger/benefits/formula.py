"""The discount formula of a benefit: a few numbers that a till can evaluate without the rules.

The order is the same in Python here and in the browser:

1. a price below `threshold_minor` gets no discount;
2. the discount is `basis_points` of what is left to pay, rounded down, plus `amount_minor`; or,
   where there is a `price_minor`, all that is left above it;
3. the discount is at most what is left to pay; zero means no discount;
4. the discount is at most `worth_max_minor`;
5. the union pays `union_basis_points` of it, rounded down, and the merchant the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.money import portion


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the formula; amounts in minor units, None for no bound. See the module."""

    threshold_minor: int = 0
    basis_points: int = 0
    amount_minor: int = 0
    price_minor: int | None = None
    worth_max_minor: int | None = None
    union_basis_points: int = 0


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
