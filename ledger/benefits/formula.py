"""The discount formula of a benefit: a few numbers that a till can evaluate without the rules.

A till evaluates them in this order:

1. a price below `threshold_minor` gets no discount;
2. the discount is `basis_points` of what is left to pay, rounded down, plus `amount_minor`; or,
   where there is a `price_minor`, all that is left above it;
3. the discount is at most what is left to pay; zero means no discount;
4. the discount is at most `worth_max_minor`;
5. the union pays `union_basis_points` of it, rounded down, and the merchant the rest.
"""

import msgspec


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a discount that a till evaluates by the five steps in this module's docstring.

    Amounts are in minor units; None sets no bound or price. `price_minor` replaces `basis_points`
    and `amount_minor`; `union_basis_points` is the union's part of the discount.
    """

    threshold_minor: int = 0
    basis_points: int = 0
    amount_minor: int = 0
    price_minor: int | None = None
    worth_max_minor: int | None = None
    union_basis_points: int = 0
