"""A stamp card (集章卡)."""

from datetime import date, timedelta

import pytest

from ledger.benefits import USES_MAX
from ledger.benefits.kinds.stamp_card import StampCard
from ledger.benefits.terms import NOTHING_USED, Tally
from ledger.errors import TermsInvalid
from ledger.money import AMOUNT_MAX
from tests.support.benefit_terms import assert_stored_terms_load

TODAY = date(2026, 11, 21)
EVERY_FIFTH = StampCard(every=5)


def stamped(uses: int) -> Tally:
    """Return the usage of the card after so many uses, long ago."""
    used = NOTHING_USED
    for _ in range(uses):
        used = used.plus(TODAY - timedelta(400), 1, cover(EVERY_FIFTH, used), stamping=True)
    return used


def cover(found: StampCard, used: Tally, left_minor: int = 25_00) -> int:
    return found.cover(price_minor=25_00, left_minor=left_minor, used=used, today=TODAY)


def test_every_fifth_use_is_free_and_the_others_collect_a_stamp() -> None:
    covered = [cover(EVERY_FIFTH, stamped(uses)) for uses in range(11)]

    assert covered == [0, 0, 0, 0, 25_00, 0, 0, 0, 0, 25_00, 0]


def test_the_stamps_yet_to_collect_are_told() -> None:
    told = [EVERY_FIFTH.remaining(used=stamped(uses), today=TODAY).stamps for uses in range(6)]

    assert told == [4, 3, 2, 1, 0, 4]


def test_a_free_use_covers_what_is_left_to_pay() -> None:
    assert cover(EVERY_FIFTH, stamped(4), left_minor=3_00) == 3_00


@pytest.mark.parametrize(
    ("left_minor", "covered_minor"), [(19_99, 19_99), (20_00, 20_00), (20_01, 20_00)]
)
def test_a_free_use_is_covered_up_to_what_it_is_worth(left_minor: int, covered_minor: int) -> None:
    found = StampCard(every=5, worth_max_minor=20_00)

    assert cover(found, stamped(4), left_minor) == covered_minor


def test_a_reversed_stamp_has_to_be_collected_again() -> None:
    used = stamped(4).plus(TODAY, -1, 0, stamping=True)

    assert cover(EVERY_FIFTH, used) == 0
    assert cover(EVERY_FIFTH, used.plus(TODAY, 1, 0, stamping=True)) == 25_00


@pytest.mark.parametrize("every", [3, 10])
def test_other_terms_owe_nobody_a_row_of_free_uses_nor_of_stamps(every: int) -> None:
    used, other = stamped(44), StampCard(every=every)  # 8 free uses, and 4 stamps since

    assert cover(other, used) == (25_00 if every == 3 else 0)
    assert cover(other, used.plus(TODAY, 1, cover(other, used), stamping=True)) == 0


@pytest.mark.parametrize(
    "found",
    [
        StampCard(every=2),
        StampCard(every=USES_MAX),
        StampCard(every=2, worth_max_minor=1),
        StampCard(every=2, worth_max_minor=AMOUNT_MAX),
    ],
)
def test_terms_at_the_edge_can_be_published(found: StampCard) -> None:
    found.check()


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (StampCard(every=0), "every"),
        (StampCard(every=1), "every"),
        (StampCard(every=USES_MAX + 1), "every"),
        (StampCard(every=5, worth_max_minor=0), "worth_max_minor"),
    ],
)
def test_terms_out_of_range_cannot_be_published(found: StampCard, field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        found.check()

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (EVERY_FIFTH, "集4次送1次", "Collect 4 stamps, then 1 free"),
        (StampCard(every=2), "集1次送1次", "Collect 1 stamp, then 1 free"),
        (
            StampCard(every=11, worth_max_minor=20_00),
            "集10次送1次（最高20元）",
            "Collect 10 stamps, then 1 free, worth at most 20 yuan",
        ),
    ],
)
def test_it_says_what_a_shop_would_say(found: StampCard, zh: str, en: str) -> None:
    assert (found.describe().zh, found.describe().en) == (zh, en)


def test_terms_stored_by_the_first_release_still_load() -> None:
    assert_stored_terms_load(StampCard, '{"every":5}', every=5, worth_max_minor=None)


def test_it_is_not_given_offline() -> None:
    assert StampCard.example().offline() is None
