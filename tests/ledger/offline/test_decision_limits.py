"""Late arrival, wrong clocks and floor limits in the decision on an offline redemption."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from ledger.merchants.till import FloorLimits
from ledger.merchants.till_sequence import LastDay
from ledger.offline.decision import is_untimely
from ledger.offline.liability import LiabilityReason
from ledger.redemptions.events import Contested, Lateness, OfflineDiscount
from ledger.redemptions.redemption import INITIAL, evolve
from tests.support.offline_purchase import (
    ARRIVAL,
    DEAD,
    LIMITS,
    SCAN,
    SYNC,
    contested,
    decide_report,
    haircut_context,
    haircut_report,
)
from tests.support.purchase_context import UNION_PAYS_HALF, offered


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (timedelta(days=14), None),
        (timedelta(days=14, microseconds=1), LiabilityReason.OVERDUE),
        (timedelta(minutes=-5), None),
        (timedelta(minutes=-5, microseconds=-1), LiabilityReason.CLOCK_WRONG),
    ],
)
def test_time_is_given_its_grace_and_no_more(
    after: timedelta, holds: LiabilityReason | None
) -> None:
    arrived_at = SCAN + after
    first = decide_report(arrived_at=arrived_at)[0]

    assert is_untimely(haircut_report(), arrived_at) is (holds is not None)
    assert (first.because if isinstance(first, Contested) else None) == holds


def test_a_scan_before_the_sync_it_names_is_by_a_wrong_clock() -> None:
    just_in_time, too_early = (
        haircut_report(synced_at=SCAN + timedelta(minutes=minutes)) for minutes in (5, 6)
    )

    assert not is_untimely(just_in_time, ARRIVAL)
    assert is_untimely(too_early, ARRIVAL)
    assert contested(decide_report(too_early)).because == LiabilityReason.CLOCK_WRONG


@pytest.mark.parametrize(
    ("last_day", "synced_at", "over"),
    [
        (LastDay(3, 60_00), SYNC, False),
        (LastDay(4, 20_00), SYNC, True),
        (LastDay(1, 60_01), SYNC, True),
        (LastDay(1, 20_00), SCAN - timedelta(hours=8), False),
        (LastDay(1, 20_00), SCAN - timedelta(hours=8, seconds=1), True),
    ],
)
def test_the_limits_are_counts_amounts_and_hours(
    last_day: LastDay, synced_at: datetime, *, over: bool
) -> None:
    first = decide_report(haircut_report(synced_at=synced_at), last_day=last_day)[0]

    assert isinstance(first, Contested) is over


def test_over_its_limits_the_reason_is_that_of_the_rules_where_they_say_no() -> None:
    event = contested(decide_report(then=haircut_context(card=DEAD), last_day=LastDay(4, 20_00)))

    assert (event.reason, event.because) == ("card_blocked", "over_limits")


def decided(limits: FloorLimits, per_day: int | None = None, **changed: Any) -> LiabilityReason:
    """Decide a report of the dead card, of which the union bears ten yuan of today already."""
    hair = offered(per_day=per_day, **UNION_PAYS_HALF)
    arrived_at = changed.pop("held_at", ARRIVAL)
    scanned_ago = changed.pop("scanned_ago", timedelta())
    one = haircut_context(hair, card=DEAD)
    first = contested(decide_report(haircut_report(), then=one, before=haircut_context(hair)))
    late = Lateness(arrived_at, 1, counts=False)
    held = evolve(
        INITIAL,
        msgspec.structs.replace(
            first,
            made=msgspec.structs.replace(
                first.made, redemption_id="r0", late=late, at=first.made.at - scanned_ago
            ),
        ),
    )
    then = haircut_context(hair, card=DEAD, used=held)
    event = contested(decide_report(then=then, before=haircut_context(hair), limits=limits))
    return LiabilityReason(event.because)


@pytest.mark.parametrize(
    ("card_minor", "per_day", "ago", "because"),
    [
        (20_00, None, timedelta(), LiabilityReason.WITHIN_LIMITS),
        (19_99, None, timedelta(), LiabilityReason.OVER_BUDGET),
        (19_99, None, timedelta(days=1), LiabilityReason.WITHIN_LIMITS),
        (19_99, None, timedelta(days=1, microseconds=-1), LiabilityReason.OVER_BUDGET),
        (0, None, timedelta(days=1), LiabilityReason.OVER_BUDGET),
        (99_00, 1, timedelta(), LiabilityReason.OVER_BUDGET),
        (99_00, 2, timedelta(), LiabilityReason.WITHIN_LIMITS),
    ],
)
def test_the_union_bears_no_more_of_a_card_and_an_offer_in_a_day(
    card_minor: int, per_day: int | None, ago: timedelta, because: LiabilityReason
) -> None:
    limits = msgspec.structs.replace(LIMITS, card_minor=card_minor)

    assert decided(limits, per_day, held_at=ARRIVAL - ago, scanned_ago=ago) == because


def test_reports_held_back_and_brought_day_by_day_share_the_budget_of_their_scans() -> None:
    limits = msgspec.structs.replace(LIMITS, card_minor=19_99)

    assert decided(limits, None, held_at=ARRIVAL - timedelta(days=1)) == LiabilityReason.OVER_BUDGET


def test_what_the_merchant_pays_itself_uses_no_budget() -> None:
    own = OfflineDiscount(choice_id="hair", merchant_share_minor=20_00, union_share_minor=0)
    hair = offered()
    then, before = haircut_context(hair, card=DEAD), haircut_context(hair)
    none = msgspec.structs.replace(LIMITS, card_minor=0)

    event = contested(
        decide_report(haircut_report(given=(own,)), then=then, before=before, limits=none)
    )

    assert event.because == LiabilityReason.WITHIN_LIMITS
    assert not evolve(INITIAL, event).contested
