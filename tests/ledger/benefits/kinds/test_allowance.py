"""An allowance per day, week, month or term (补贴)."""

from datetime import date

import pytest

from ledger.benefits import Remaining
from ledger.benefits.kinds.allowance import Allowance
from ledger.benefits.terms import NOTHING_USED, Period, Tally
from ledger.errors import BenefitExhausted, TermsInvalid
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import assert_stored_terms_load
from tests.support.given_when_then import refusing

SATURDAY = date(2026, 11, 28)
SUNDAY = date(2026, 11, 29)
MONDAY = date(2026, 11, 30)
DECEMBER = date(2026, 12, 1)

SPENT = NOTHING_USED.plus(SATURDAY, 1, 30_00)
NEARLY_SPENT = NOTHING_USED.plus(SATURDAY, 1, 29_99)


def cover(period: Period, used: Tally, today: date, left_minor: int = 100_00) -> int:
    return Allowance(amount_minor=30_00, period=period).cover(
        price_minor=left_minor, left_minor=left_minor, used=used, today=today
    )


@pytest.mark.parametrize(("left_minor", "covered_minor"), [(1, 1), (30_00, 30_00), (30_01, 30_00)])
def test_a_purchase_is_covered_as_far_as_the_amount_reaches(
    left_minor: int, covered_minor: int
) -> None:
    assert cover(Period.MONTH, NOTHING_USED, SATURDAY, left_minor) == covered_minor


def test_the_last_purchase_is_covered_in_part() -> None:
    assert cover(Period.MONTH, NEARLY_SPENT, SATURDAY) == 1


@pytest.mark.parametrize("period", Period)
def test_a_spent_allowance_is_refused_and_says_for_how_long(period: Period) -> None:
    with refusing(BenefitExhausted(period=period.value)):
        cover(period, SPENT, SATURDAY)


@pytest.mark.parametrize(
    ("used", "left_minor"),
    [(NOTHING_USED, 30_00), (NEARLY_SPENT, 1), (SPENT.plus(SATURDAY, 1, 1), 0)],
)
def test_what_is_left_is_told(used: Tally, left_minor: int) -> None:
    found = Allowance(amount_minor=30_00, period=Period.MONTH)

    assert found.remaining(used=used, today=SATURDAY) == Remaining(
        period=Period.MONTH, amount_minor=left_minor
    )


@pytest.mark.parametrize(
    ("period", "still", "again"),
    [
        (Period.DAY, SATURDAY, SUNDAY),
        (Period.WEEK, SUNDAY, MONDAY),
        (Period.MONTH, MONDAY, DECEMBER),
    ],
)
def test_a_spent_allowance_is_whole_again_in_the_next_period(
    period: Period, still: date, again: date
) -> None:
    with pytest.raises(BenefitExhausted):
        cover(period, SPENT, still)

    assert cover(period, SPENT, again) == 30_00


def test_an_allowance_for_the_term_does_not_come_back() -> None:
    with pytest.raises(BenefitExhausted):
        cover(Period.TERM, SPENT, date(2036, 1, 1))


def test_what_a_period_leaves_over_lapses() -> None:
    used = NOTHING_USED.plus(SATURDAY, 1, 10_00)

    assert cover(Period.MONTH, used, DECEMBER) == 30_00


def test_a_reversal_gives_the_amount_back() -> None:
    reversed_since = SPENT.plus(SATURDAY, -1, -30_00)

    assert cover(Period.DAY, reversed_since, SATURDAY) == 30_00


def test_more_spent_than_the_terms_now_allow_is_refused() -> None:
    used = NOTHING_USED.plus(SATURDAY, 1, 50_00)

    with pytest.raises(BenefitExhausted):
        cover(Period.MONTH, used, SATURDAY)


@pytest.mark.parametrize("amount_minor", [1, AMOUNT_MAX])
def test_the_ends_of_the_range_can_be_published(amount_minor: int) -> None:
    Allowance(amount_minor=amount_minor, period=Period.DAY).check()


@pytest.mark.parametrize("amount_minor", [0, AMOUNT_MAX + 1])
def test_an_amount_out_of_range_cannot_be_published(amount_minor: int) -> None:
    with pytest.raises(TermsInvalid):
        Allowance(amount_minor=amount_minor, period=Period.DAY).check()


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        (Period.DAY, "每日补贴30元", "30 yuan a day"),
        (Period.WEEK, "每周补贴30元", "30 yuan a week"),
        (Period.MONTH, "每月补贴30元", "30 yuan a month"),
        (Period.TERM, "共补贴30元", "30 yuan in all"),
    ],
)
def test_it_says_what_a_shop_would_say(period: Period, zh: str, en: str) -> None:
    words = Allowance(amount_minor=30_00, period=period).describe()

    assert (words.zh, words.en) == (zh, en)


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(
        Allowance, '{"amount_minor":3000,"period":"month"}', amount_minor=30_00, period=Period.MONTH
    )


def test_it_is_not_given_offline() -> None:
    assert Allowance.example().offline() is None
