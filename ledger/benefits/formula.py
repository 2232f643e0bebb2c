"""What a benefit takes off as a few numbers, so that a till reckons it alike without the rules.

One order, the same in Python here and in the browser:

1. a price below `threshold_minor` has nothing taken off;
2. off is `basis_points` of what is left to pay, rounded down, and `amount_minor`; or, where there
   is a `price_minor`, all that is left above it;
3. off is at most what is left to pay; where it is nought, nothing is taken off;
4. off is at most `worth_max_minor`;
5. the union pays `union_basis_points` of it, rounded down, and the merchant the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.money import portion


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers; amounts in minor units, None where there is no such bound."""

    threshold_minor: int = 0
    basis_points: int = 0
    amount_minor: int = 0
    price_minor: int | None = None
    worth_max_minor: int | None = None
    union_basis_points: int = 0


class Given(NamedTuple):
    """What is taken off, and who pays it."""

    merchant_share_minor: int
    union_share_minor: int

    @property
    def covered_minor(self) -> int:
        """All that is taken off."""
        return self.merchant_share_minor + self.union_share_minor


def given(formula: Formula, *, price_minor: int, left_minor: int) -> Given | None:
    """What a formula takes off a price of which so much is left to pay; None where nothing is.

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
    return Given(off_minor - union_share_minor, union_share_minor)
