"""Money in whole minor units of one currency, and the only place that rounds it."""

WHOLE = 10_000
"""Basis points in a whole: 10,000 is 100 %."""

AMOUNT_MAX = 10**12
"""The largest amount of one purchase or posting, in minor units (ten thousand million yuan)."""


def portion(amount_minor: int, basis_points: int) -> int:
    """Return `basis_points` (10,000: all) of an amount, rounded down, in minor units.

    Rounding down means that a discount never exceeds its terms, and that of two payers who share a
    cost the second bears the odd minor unit.
    """
    return amount_minor * basis_points // WHOLE
