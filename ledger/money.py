"""Whole minor units of one currency, and the one place where they are rounded."""

from __future__ import annotations

WHOLE = 10_000
"""Basis points in a whole: 10,000 is 100 %."""

AMOUNT_MAX = 10**12
"""The largest amount of one purchase or posting, in minor units (ten thousand million yuan)."""


def portion(amount_minor: int, basis_points: int) -> int:
    """`basis_points` of an amount, rounded down.

    Rounding down means that a discount never gives more than its terms say, and that of two who
    share a cost the one named second bears the odd minor unit.
    """
    return amount_minor * basis_points // WHOLE
