"""A till's limits, its key, and its sequence of offline redemptions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.merchants import till, till_sequence
from ledger.merchants.till_sequence import (
    INITIAL,
    MISSING_MAX,
    Count,
    Counted,
    LastDay,
    Numbered,
    Told,
    count,
    last_day,
    stream,
    take_number,
)
from tests.support.given_when_then import Given

SYNC = datetime(2026, 5, 1, 2, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
T1 = till.Till("t1", "gulou", "k")
ED25519, P256 = "3d" * 32, "04" + "5a" * 64
PLACE: dict[str, Any] = {"merchant_id": "rose", "till_id": "t1"}


def numbered(number: int, *missing: int, series: int = 1, highest: int | None = None) -> Numbered:
    counted = {"series": series, "highest": highest or number, "missing": missing}
    told = {"number": number, "redemption_id": f"r{number}", "outcome": "accepted"}
    given = {"at": SYNC, "synced_at": SYNC, "redemptions": 2, "given_minor": 30_00}
    return till_sequence.Numbered(**PLACE, **counted, **told, **given)


def test_an_officer_limits_a_till_and_it_is_told_once() -> None:
    few = till.FloorLimits(redemptions=5, amount_minor=0, hours=1)

    (event,) = till.limit(T1, merchant_id="rose", limits=few)

    assert event == till.TillLimited(**PLACE, limits=few)
    assert till.limit(till.changed(T1, event), merchant_id="rose", limits=few) == []
    assert till.limit(T1, merchant_id="rose", limits=till.USUAL) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("redemptions", -1), ("redemptions", till.REDEMPTIONS_MOST + 1), ("redemptions", True)),
        *(("amount_minor", -1), ("amount_minor", 10**12 + 1)),
        *(("hours", -1), ("hours", till.HOURS_MOST + 1)),
        *(("card_minor", -1), ("card_minor", 10**12 + 1)),
    ],
)
def test_limits_beyond_what_any_till_may_do_are_refused(field: str, value: int) -> None:
    with pytest.raises(errors.InputInvalid) as refused:
        till.limit(T1, merchant_id="rose", limits=till.FloorLimits(**{field: value}))

    assert refused.value.particulars["field"] == field


def test_each_new_key_begins_a_new_series() -> None:
    (first,) = till.give_key(T1, merchant_id="rose", device_key=ED25519)
    with_key = till.changed(T1, first)
    (second,) = till.give_key(with_key, merchant_id="rose", device_key=P256)

    assert first == till.TillKeyGiven(**PLACE, device_key=ED25519, series=1)
    assert till.give_key(with_key, merchant_id="rose", device_key=ED25519) == []
    assert second == till.TillKeyGiven(**PLACE, device_key=P256, series=2)


@pytest.mark.parametrize("key", ["", "3d" * 31, "3D" * 32, "05" + "5a" * 64, ED25519 + "\n"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(errors.InputInvalid):
        till.give_key(T1, merchant_id="rose", device_key=key)


@pytest.mark.parametrize(
    ("history", "number", "expected"),
    [
        ([], 1, (1, ())),
        ([], 3, (3, (1, 2))),
        ([numbered(3, 1, 2)], 4, (4, (1, 2))),
        ([numbered(3, 1, 2)], 1, (3, (2,))),
        ([numbered(3, 1, 2)], 6, (6, (1, 2, 4, 5))),
        ([numbered(3, series=7)], 1, (1, ())),
    ],
)
def test_numbers_leave_gaps_and_fill_them(
    history: list[Numbered], number: int, expected: tuple[int, tuple[int, ...]]
) -> None:
    state = Given("till", *history).state

    assert take_number(state, series=1, number=number) == expected


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_number_is_taken_once(number: int) -> None:
    state = Given("till", numbered(4, 2)).state

    with pytest.raises(errors.NumberReused):
        take_number(state, series=1, number=number)


def test_no_more_is_missing_than_is_kept() -> None:
    assert len(take_number(INITIAL, series=1, number=MISSING_MAX + 1)[1]) == MISSING_MAX
    with pytest.raises(errors.NumberTooFar):
        take_number(INITIAL, series=1, number=MISSING_MAX + 2)


def test_a_till_that_has_counted_further_leaves_a_gap_at_the_end() -> None:
    given = Given("till", numbered(3, 1))

    given.when(count, **PLACE, series=1, highest=5, at=SYNC).then(
        Counted(**PLACE, series=1, highest=5, missing=(1, 4, 5), at=SYNC)
    )
    given.when(count, **PLACE, series=1, highest=2, at=SYNC).then()
    given.when(count, **PLACE, series=1, highest=700, at=SYNC).then_refused(
        errors.NumberTooFar, number=700, highest=3, most=MISSING_MAX
    )


def arrived(number: int, after: timedelta, counted_minor: int | None = 10_00) -> Numbered:
    """Return a redemption of ten yuan that arrived some time after the sync."""
    return msgspec.structs.replace(
        numbered(number), at=SYNC + after, counted_minor=counted_minor, synced_at=SYNC + after
    )


def test_what_a_till_gave_counts_for_a_day_after_it_arrived_however_often_it_syncs() -> None:
    state: Count = Given("till", arrived(1, HOUR), arrived(2, 2 * HOUR)).state

    assert last_day(state, SYNC + 25 * HOUR - MOMENT, 5_00) == LastDay(3, 25_00)
    assert last_day(state, SYNC + 25 * HOUR, 5_00) == LastDay(2, 15_00)
    assert last_day(state, SYNC + 26 * HOUR, 5_00) == LastDay(1, 5_00)


def test_what_the_merchant_bears_and_what_older_programs_recorded_do_not_count() -> None:
    state: Count = Given("till", arrived(1, HOUR, None), numbered(2)).state

    assert last_day(state, SYNC + HOUR, 5_00) == LastDay(1, 5_00)
    assert state.day == ()


def test_only_a_day_is_kept_and_another_key_does_not_reset_it() -> None:
    events = [arrived(number, number * HOUR) for number in range(1, 40)]
    other_key = msgspec.structs.replace(arrived(1, 39 * HOUR), series=2)
    state: Count = Given("till", *events, other_key).state

    assert len(state.day) == 25
    assert last_day(state, SYNC + 39 * HOUR, 0).redemptions == 26


def test_a_till_is_told_of_a_card_and_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(hours: int, *cards: str) -> Told:
        return Told(**PLACE, cards=cards, at=SYNC + hours * HOUR)

    monkeypatch.setattr(till_sequence, "TOLD_MAX", 2)
    state: Count = Given("till", told(1, "c1"), told(2, "c2"), told(3, "c1", "c3")).state

    assert dict(state.told) == {"c2": SYNC + 2 * HOUR, "c3": SYNC + 3 * HOUR}
    late = 3 + 15 * 24 + 1
    again = till_sequence.evolve(state, told(late, "c3")).told
    assert again["c3"] == SYNC + late * HOUR
    assert told(1, "c1").stream == stream("rose", "t1")


def test_no_two_tills_share_a_stream() -> None:
    assert stream("rose", "t1-a") != stream("rose-t1", "a")
