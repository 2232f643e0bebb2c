"""Percent off (折扣)."""

from datetime import date

import pytest

from ledger.benefits.formula import Formula
from ledger.benefits.kinds.percent_off import PercentOff
from ledger.benefits.terms import NOTHING_USED
from ledger.errors import NothingToTakeOff, TermsInvalid
from ledger.money import AMOUNT_MAX, WHOLE
from tests.support.benefit_terms import assert_stored_terms_load


def cover(found: PercentOff, left_minor: int, price_minor: int | None = None) -> int:
    return found.cover(
        price_minor=price_minor or left_minor,
        left_minor=left_minor,
        used=NOTHING_USED,
        today=date(2026, 11, 21),
    )


@pytest.mark.parametrize(
    ("left_minor", "covered_minor"),
    [(100_00, 20_00), (99_99, 19_99), (9, 1), (5, 1), (AMOUNT_MAX, AMOUNT_MAX // 5)],
)
def test_the_part_taken_off_is_rounded_down(left_minor: int, covered_minor: int) -> None:
    assert cover(PercentOff(basis_points=2_000), left_minor) == covered_minor


def test_the_part_is_of_what_is_left_to_pay_and_not_of_the_price() -> None:
    assert cover(PercentOff(basis_points=2_000), 50_00, price_minor=100_00) == 10_00


def test_the_whole_leaves_nothing_to_pay() -> None:
    assert cover(PercentOff(basis_points=WHOLE), 99_99) == 99_99


def test_less_than_one_minor_unit_is_refused() -> None:
    with pytest.raises(NothingToTakeOff):
        cover(PercentOff(basis_points=2_000), 4)


@pytest.mark.parametrize("basis_points", [1, WHOLE])
def test_the_ends_of_the_range_can_be_published(basis_points: int) -> None:
    PercentOff(basis_points=basis_points).check()


@pytest.mark.parametrize("basis_points", [0, WHOLE + 1])
def test_nothing_and_more_than_everything_cannot_be_published(basis_points: int) -> None:
    with pytest.raises(TermsInvalid):
        PercentOff(basis_points=basis_points).check()


@pytest.mark.parametrize(
    ("basis_points", "zh", "en"),
    [
        (2_000, "八折", "20% off"),
        (1_500, "八五折", "15% off"),
        (1_250, "八七五折", "12.5% off"),
        (5_000, "五折", "50% off"),
        (9_500, "0.5折", "95% off"),
        (9_999, "0.001折", "99.99% off"),
        (9_900, "0.1折", "99% off"),
        (500, "九五折", "5% off"),
        (150, "九八五折", "1.5% off"),
        (1, "九九九九折", "0.01% off"),
        (WHOLE, "免单", "Free"),
    ],
)
def test_it_says_what_a_shop_would_say(basis_points: int, zh: str, en: str) -> None:
    words = PercentOff(basis_points=basis_points).describe()

    assert (words.zh, words.en) == (zh, en)


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(PercentOff, '{"basis_points":2000}', basis_points=2_000)


def test_a_till_offline_is_told_a_formula() -> None:
    assert PercentOff.example().offline() == Formula(basis_points=2_000)
