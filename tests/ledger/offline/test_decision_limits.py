"""Late arrival, wrong clocks and floor limits in the decision on an offline redemption."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ledger.merchants.till_sequence import Since
from ledger.offline.decision import is_untimely
from ledger.offline.liability import LiabilityReason
from ledger.redemptions.events import Contested
from tests.support.offline_purchase import (
    ARRIVAL,
    DEAD,
    SCAN,
    SYNC,
    contested,
    decide_report,
    haircut_context,
    haircut_report,
)


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
    ("since", "synced_at", "over"),
    [
        (Since(3, 60_00), SYNC, False),
        (Since(4, 20_00), SYNC, True),
        (Since(1, 60_01), SYNC, True),
        (Since(1, 20_00), SCAN - timedelta(hours=8), False),
        (Since(1, 20_00), SCAN - timedelta(hours=8, seconds=1), True),
    ],
)
def test_the_limits_are_counts_amounts_and_hours(
    since: Since, synced_at: datetime, *, over: bool
) -> None:
    first = decide_report(haircut_report(synced_at=synced_at), since=since)[0]

    assert isinstance(first, Contested) is over


def test_over_its_limits_the_reason_is_that_of_the_rules_where_they_say_no() -> None:
    event = contested(decide_report(then=haircut_context(card=DEAD), since=Since(4, 20_00)))

    assert (event.reason, event.because) == ("card_blocked", "over_limits")
