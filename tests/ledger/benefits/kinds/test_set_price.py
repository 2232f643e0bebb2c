"""A set price for members (会员价)."""

from datetime import date

import pytest

from ledger.benefits.formula import Formula
from ledger.benefits.kinds.set_price import SetPrice
from ledger.benefits.terms import NOTHING_USED
from ledger.errors import NothingToTakeOff, TermsInvalid
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import assert_stored_terms_load
from tests.support.given_when_then import refusing

CINEMA_SEAT = SetPrice(member_price_minor=30_00)


def cover(price_minor: int, left_minor: int | None = None) -> int:
    return CINEMA_SEAT.cover(
        price_minor=price_minor,
        left_minor=left_minor or price_minor,
        used=NOTHING_USED,
        today=date(2026, 11, 21),
    )


@pytest.mark.parametrize("price_minor", [30_01, 65_00, AMOUNT_MAX])
def test_the_member_pays_the_set_price(price_minor: int) -> None:
    assert price_minor - cover(price_minor) == 30_00


def test_what_came_off_before_counts_towards_the_set_price() -> None:
    assert cover(65_00, left_minor=40_00) == 10_00


@pytest.mark.parametrize(("price_minor", "left_minor"), [(30_00, 30_00), (9_90, 9_90), (65_00, 1)])
def test_a_price_no_higher_than_the_set_one_is_left_as_it_is(
    price_minor: int, left_minor: int
) -> None:
    with refusing(NothingToTakeOff(member_price_minor=30_00)):
        cover(price_minor, left_minor)


@pytest.mark.parametrize("member_price_minor", [1, AMOUNT_MAX])
def test_the_ends_of_the_range_can_be_published(member_price_minor: int) -> None:
    SetPrice(member_price_minor=member_price_minor).check()


@pytest.mark.parametrize("member_price_minor", [0, AMOUNT_MAX + 1])
def test_a_price_out_of_range_cannot_be_published(member_price_minor: int) -> None:
    with pytest.raises(TermsInvalid):
        SetPrice(member_price_minor=member_price_minor).check()


def test_it_says_what_a_shop_would_say() -> None:
    words = SetPrice(member_price_minor=19_90).describe()

    assert (words.zh, words.en) == ("会员价19.9元", "Member price 19.9 yuan")


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(SetPrice, '{"member_price_minor":3000}', member_price_minor=30_00)


def test_a_till_offline_is_told_a_formula() -> None:
    assert SetPrice.example().offline() == Formula(price_minor=30_00)
