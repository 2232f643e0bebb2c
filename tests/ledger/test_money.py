"""Money: whole minor units, rounded down in one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import AMOUNT_MAX, WHOLE, portion

amounts = st.integers(0, AMOUNT_MAX)
basis_points = st.integers(0, WHOLE)


@pytest.mark.parametrize(
    ("amount_minor", "points", "part_minor"),
    [
        (100_00, 2_000, 20_00),
        (9_99, 2_000, 1_99),  # 199.8 is rounded down
        (1, 9_999, 0),
        (1, WHOLE, 1),
        (0, WHOLE, 0),
        (AMOUNT_MAX, 3_333, 333_300_000_000),
    ],
)
def test_a_portion_is_rounded_down(amount_minor: int, points: int, part_minor: int) -> None:
    assert portion(amount_minor, points) == part_minor


@given(amounts, basis_points)
def test_a_portion_is_less_than_one_unit_below_the_exact_part(amount: int, points: int) -> None:
    short = amount * points - portion(amount, points) * WHOLE

    assert 0 <= short < WHOLE


@given(amounts, basis_points)
def test_two_who_share_a_cost_never_pay_more_than_it(amount: int, points: int) -> None:
    odd = amount - portion(amount, points) - portion(amount, WHOLE - points)

    assert odd in (0, 1)


@given(amounts, amounts, basis_points)
def test_a_larger_amount_never_has_a_smaller_portion(one: int, other: int, points: int) -> None:
    assert portion(min(one, other), points) <= portion(max(one, other), points)
