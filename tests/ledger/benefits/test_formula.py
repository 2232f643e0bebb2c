import pytest
from hypothesis import given as over
from hypothesis import strategies as some

from ledger.benefits import Benefit
from ledger.benefits.formula import Formula
from ledger.benefits.terms import NOTHING_USED
from ledger.errors import Refusal
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import KINDS, benefits_of, file_of
from tests.support.discount_formula import DiscountShares, discount_shares
from tests.support.purchase_context import MAY_DAY

PRICES = some.integers(1, 300) | some.integers(1, AMOUNT_MAX)
RECKONED = [cls for cls in KINDS if cls.example().offline() is not None]


def own(benefit: Benefit, price_minor: int, left_minor: int) -> int:
    """Return the amount that the kind itself takes off for a new member; 0 if it refuses."""
    try:
        return benefit.cover(
            price_minor=price_minor, left_minor=left_minor, used=NOTHING_USED, today=MAY_DAY.date()
        )
    except Refusal:
        return 0


def covered(formula: Formula, price_minor: int, left_minor: int | None = None) -> int:
    found = discount_shares(formula, price_minor=price_minor, left_minor=left_minor or price_minor)
    return found.covered_minor if found else 0


@pytest.mark.parametrize("cls", RECKONED, ids=lambda cls: cls.KIND)
@over(data=some.data(), price_minor=PRICES, paid=some.floats(0, 1))
def test_a_formula_gives_what_its_kind_gives_whoever_is_new(
    cls: type[Benefit], data: some.DataObject, price_minor: int, paid: float
) -> None:
    benefit = data.draw(benefits_of(cls))
    left_minor = max(1, price_minor - int(price_minor * paid))

    formula = benefit.offline()

    assert formula is not None, f"{file_of(cls)}: offline() is None for {benefit}, not for others"
    said, taken = covered(formula, price_minor, left_minor), own(benefit, price_minor, left_minor)
    assert said == taken, f"{file_of(cls)}: offline() and cover() of {benefit} differ"


@pytest.mark.parametrize(
    ("formula", "price_minor", "off_minor"),
    [
        (Formula(basis_points=2_000), 999, 199),
        (Formula(basis_points=2_000), 4, 0),
        (Formula(amount_minor=20_00, threshold_minor=100_00), 99_99, 0),
        (Formula(amount_minor=20_00, threshold_minor=100_00), 100_00, 20_00),
        (Formula(amount_minor=20_00), 5_00, 5_00),
        (Formula(price_minor=30_00), 30_00, 0),
        (Formula(price_minor=30_00), 68_00, 38_00),
        (Formula(basis_points=10_000, worth_max_minor=25_00), 68_00, 25_00),
        (Formula(), 68_00, 0),
    ],
)
def test_a_formula_is_reckoned_in_one_order(
    formula: Formula, price_minor: int, off_minor: int
) -> None:
    assert covered(formula, price_minor) == off_minor


def test_of_what_is_taken_off_the_merchant_pays_the_odd_minor_unit() -> None:
    formula = Formula(amount_minor=99, union_basis_points=5_000)

    assert discount_shares(formula, price_minor=100, left_minor=100) == DiscountShares(50, 49)
