"""Amount off above a threshold (满减)."""

from datetime import date

import pytest

from ledger.benefits.formula import Formula
from ledger.benefits.kinds.amount_off import AmountOff
from ledger.benefits.terms import NOTHING_USED
from ledger.errors import BelowThreshold, TermsInvalid
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import assert_stored_terms_load
from tests.support.given_when_then import refusing

TWENTY_FROM_A_HUNDRED = AmountOff(amount_minor=20_00, threshold_minor=100_00)
TWENTY = AmountOff(amount_minor=20_00)


def cover(found: AmountOff, price_minor: int, left_minor: int | None = None) -> int:
    return found.cover(
        price_minor=price_minor,
        left_minor=left_minor or price_minor,
        used=NOTHING_USED,
        today=date(2026, 11, 21),
    )


@pytest.mark.parametrize("price_minor", [100_00, 100_01, AMOUNT_MAX])
def test_a_price_that_reaches_the_threshold_gets_the_amount(price_minor: int) -> None:
    assert cover(TWENTY_FROM_A_HUNDRED, price_minor) == 20_00


def test_a_price_below_the_threshold_is_told_how_much_is_missing() -> None:
    with refusing(BelowThreshold(threshold_minor=100_00, missing_minor=1)):
        cover(TWENTY_FROM_A_HUNDRED, 99_99)


def test_the_threshold_is_asked_of_the_price_before_anything_was_taken_off() -> None:
    assert cover(TWENTY_FROM_A_HUNDRED, 100_00, left_minor=80_00) == 20_00


@pytest.mark.parametrize(("left_minor", "covered_minor"), [(20_01, 20_00), (20_00, 20_00), (5, 5)])
def test_no_more_than_what_is_left_is_taken_off(left_minor: int, covered_minor: int) -> None:
    assert cover(TWENTY_FROM_A_HUNDRED, 100_00, left_minor=left_minor) == covered_minor


def test_a_threshold_of_zero_asks_for_nothing() -> None:
    assert cover(TWENTY, 1) == 1
    assert cover(TWENTY, 50_00) == 20_00


@pytest.mark.parametrize(
    ("amount_minor", "threshold_minor"),
    [(1, 0), (20_00, 20_00), (AMOUNT_MAX, AMOUNT_MAX), (1, AMOUNT_MAX)],
)
def test_terms_at_the_edge_can_be_published(amount_minor: int, threshold_minor: int) -> None:
    AmountOff(amount_minor=amount_minor, threshold_minor=threshold_minor).check()


@pytest.mark.parametrize(
    ("amount_minor", "threshold_minor", "field"),
    [
        (0, 100_00, "amount_minor"),
        (AMOUNT_MAX + 1, 0, "amount_minor"),
        (20_00, 19_99, "threshold_minor"),
        (20_00, 1, "threshold_minor"),
        (20_00, -1, "threshold_minor"),
        (20_00, AMOUNT_MAX + 1, "threshold_minor"),
    ],
)
def test_terms_that_take_off_more_than_they_ask_for_cannot_be_published(
    amount_minor: int, threshold_minor: int, field: str
) -> None:
    with pytest.raises(TermsInvalid) as refused:
        AmountOff(amount_minor=amount_minor, threshold_minor=threshold_minor).check()

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (TWENTY_FROM_A_HUNDRED, "满100减20", "20 yuan off from 100 yuan"),
        (
            AmountOff(amount_minor=9_90, threshold_minor=99_00),
            "满99减9.9",
            "9.9 yuan off from 99 yuan",
        ),
        (TWENTY, "立减20元", "20 yuan off"),
    ],
)
def test_it_says_what_a_shop_would_say(found: AmountOff, zh: str, en: str) -> None:
    assert (found.describe().zh, found.describe().en) == (zh, en)


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(
        AmountOff, '{"amount_minor":2000}', amount_minor=20_00, threshold_minor=0
    )


def test_a_till_offline_is_told_a_formula() -> None:
    assert AmountOff.example().offline() == Formula(amount_minor=20_00, threshold_minor=100_00)
