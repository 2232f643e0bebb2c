"""A service with a number of free uses (免费服务)."""

from datetime import date

import pytest

from ledger.benefits import USES_MAX, Remaining, Words
from ledger.benefits.formula import Formula
from ledger.benefits.kinds.free_service import SERVICE_LENGTH_MAX, FreeService
from ledger.benefits.terms import NOTHING_USED, Period, Tally
from ledger.errors import BenefitExhausted, TermsInvalid
from ledger.money import AMOUNT_MAX, WHOLE
from tests.support.benefit_terms import assert_stored_terms_load
from tests.support.given_when_then import refusing

TODAY = date(2026, 11, 21)
HAIRCUT = Words("理发", "haircut")
TWO_HAIRCUTS = FreeService(times=2, service=HAIRCUT)
TWO_HAIRCUTS_UP_TO_FIFTY = FreeService(times=2, worth_max_minor=50_00, service=HAIRCUT)

USED_ONCE = NOTHING_USED.plus(date(2025, 11, 21), 1, 38_00)
USED_TWICE = USED_ONCE.plus(TODAY, 1, 38_00)


def cover(found: FreeService, used: Tally, left_minor: int = 68_00) -> int:
    return found.cover(price_minor=68_00, left_minor=left_minor, used=used, today=TODAY)


@pytest.mark.parametrize("used", [NOTHING_USED, USED_ONCE])
def test_the_service_costs_nothing_up_to_the_last_time(used: Tally) -> None:
    assert cover(TWO_HAIRCUTS, used) == 68_00


def test_once_too_often_is_refused() -> None:
    with refusing(BenefitExhausted(times=2)):
        cover(TWO_HAIRCUTS, USED_TWICE)


@pytest.mark.parametrize(("used", "times"), [(NOTHING_USED, 2), (USED_ONCE, 1), (USED_TWICE, 0)])
def test_how_often_it_is_still_free_is_told(used: Tally, times: int) -> None:
    remaining = FreeService(times=2).remaining(used=used, today=TODAY)

    assert remaining == Remaining(period=Period.TERM, times=times)


def test_a_reversal_gives_a_time_back() -> None:
    assert cover(TWO_HAIRCUTS, USED_TWICE.plus(TODAY, -1, -38_00)) == 68_00


@pytest.mark.parametrize(
    ("left_minor", "covered_minor"), [(49_99, 49_99), (50_00, 50_00), (50_01, 50_00)]
)
def test_a_use_is_covered_up_to_what_it_is_worth(left_minor: int, covered_minor: int) -> None:
    assert cover(TWO_HAIRCUTS_UP_TO_FIFTY, NOTHING_USED, left_minor) == covered_minor


def test_a_use_that_is_covered_in_part_is_a_whole_use() -> None:
    used = NOTHING_USED.plus(TODAY, 2, 2)

    with pytest.raises(BenefitExhausted):
        cover(TWO_HAIRCUTS_UP_TO_FIFTY, used)


@pytest.mark.parametrize(
    "found",
    [
        FreeService(times=1),
        FreeService(times=USES_MAX, worth_max_minor=1),
        FreeService(times=1, worth_max_minor=AMOUNT_MAX),
        FreeService(times=1, service=Words("理" * SERVICE_LENGTH_MAX, "h" * SERVICE_LENGTH_MAX)),
    ],
)
def test_terms_at_the_edge_can_be_published(found: FreeService) -> None:
    found.check()


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (FreeService(times=0), "times"),
        (FreeService(times=USES_MAX + 1), "times"),
        (FreeService(times=1, worth_max_minor=0), "worth_max_minor"),
        (FreeService(times=1, service=Words("理" * (SERVICE_LENGTH_MAX + 1), "hair")), "service"),
        (FreeService(times=1, service=Words("理发", "\t")), "service"),
        (FreeService(times=1, service=Words("理\n发", "hair")), "service"),
    ],
)
def test_terms_out_of_range_cannot_be_published(found: FreeService, field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        found.check()

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (TWO_HAIRCUTS, "免费理发2次", "Free haircut, 2 times"),
        (FreeService(times=1, service=HAIRCUT), "免费理发1次", "Free haircut, once"),
        (
            TWO_HAIRCUTS_UP_TO_FIFTY,
            "免费理发2次（每次最高50元）",
            "Free haircut, 2 times, each worth at most 50 yuan",
        ),
        (FreeService(times=3), "免费服务3次", "Free service, 3 times"),
    ],
)
def test_it_says_what_a_shop_would_say(found: FreeService, zh: str, en: str) -> None:
    assert (found.describe().zh, found.describe().en) == (zh, en)


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(
        FreeService, '{"times":2}', times=2, worth_max_minor=None, service=Words("服务", "service")
    )


def test_a_till_offline_is_told_a_formula() -> None:
    assert FreeService.example().offline() == Formula(basis_points=WHOLE)
