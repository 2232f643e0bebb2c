from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from ledger.drops.events import Cancelled, Claimed, Joined, Left, Offered, OfferLapsed
from ledger.event import Fact
from projections.waiting_list import WaitingList, Waits, waiting, waiting_list
from tests.support.event_history_drops import DROPS, MAY_FIRST, OPENS_AT, SLOTS, drop_history_of
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS
SOLD_OUT = tuple(("claim", "may-day", f"m{number}", PILLOW, 1) for number in range(1, 6))
AND_WAITED_FOR = (
    *SOLD_OUT,
    *(("join", "may-day", f"m{number}", PILLOW, 1) for number in (20, 21, 22)),
)
NOON = OPENS_AT + timedelta(hours=8)


def test_who_waits_is_told_in_turn(database_url: str) -> None:
    history = drop_history_of(*AND_WAITED_FOR)

    with view_rows(database_url, history.facts) as connection:
        (counted,) = waiting_list(connection, "may-day", at=NOON)
        waits = waiting(connection, "may-day", at=NOON)
        behind = waiting(connection, "may-day", at=NOON, after=1, rows_max=1)

    assert counted == WaitingList(
        *PILLOW, joined=3, offered=0, taken_up=0, lapsed=0, left=0, waiting=3
    )
    assert waits == [
        Waits(number, *PILLOW, member_id, 1, None)
        for number, member_id in enumerate(["m20", "m21", "m22"], 1)
    ]
    assert behind == waits[1:2]


def test_a_session_nobody_waited_for_has_no_list(database_url: str) -> None:
    history = drop_history_of(("claim", "may-day", "m1", GARDEN, 3))

    with view_rows(database_url, history.facts) as connection:
        assert waiting_list(connection, "may-day", at=NOON) == []


def test_a_place_given_back_is_kept_for_who_is_next_until_an_instant(database_url: str) -> None:
    history = drop_history_of(*AND_WAITED_FOR, ("release", 0))

    with view_rows(database_url, history.facts) as connection:
        (counted,) = waiting_list(connection, "may-day", at=NOON)
        first, second, _third = waiting(connection, "may-day", at=NOON)

    assert (counted.offered, counted.waiting) == (1, 3)
    assert (first.offered_until, second.offered_until) == ("2019-04-28T02:30:00.000000Z", None)


def test_waiting_ends_with_a_ticket_with_a_lapsed_offer_or_by_leaving(database_url: str) -> None:
    history = drop_history_of(
        *AND_WAITED_FOR,
        ("release", 0),
        ("claim", "may-day", "m20", PILLOW, 1),
        ("release", 1),
        ("wait", 1_900.0),
        ("leave", "may-day", "m22", PILLOW),
    )

    with view_rows(database_url, history.facts) as connection:
        (counted,) = waiting_list(connection, "may-day", at=NOON)
        waits = waiting(connection, "may-day", at=NOON)

    assert counted == WaitingList(
        *PILLOW, joined=3, offered=3, taken_up=1, lapsed=1, left=1, waiting=0
    )
    assert waits == []


def test_who_waits_again_waits_under_a_new_number(database_url: str) -> None:
    history = drop_history_of(
        *AND_WAITED_FOR, ("leave", "may-day", "m20", PILLOW), ("join", "may-day", "m20", PILLOW, 1)
    )

    with view_rows(database_url, history.facts) as connection:
        (counted,) = waiting_list(connection, "may-day", at=NOON)
        waits = waiting(connection, "may-day", at=NOON)

    assert (counted.joined, counted.left, counted.waiting) == (4, 1, 3)
    assert [(one.number, one.member_id) for one in waits] == [(2, "m21"), (3, "m22"), (4, "m20")]


def test_nobody_waits_for_a_session_that_is_over_or_called_off(database_url: str) -> None:
    waited_for = [("spring" if word == "may-day" else word for word in s) for s in AND_WAITED_FOR]
    history = drop_history_of(*map(tuple, waited_for), ("cancel", "spring"), *AND_WAITED_FOR)
    over_at = MAY_FIRST + timedelta(hours=10)
    asked = []

    with view_rows(database_url, history.facts) as connection:
        for drop_id, at in (
            ("spring", NOON),
            ("may-day", over_at - timedelta(microseconds=1)),
            ("may-day", over_at),
        ):
            (counted,) = waiting_list(connection, drop_id, at=at)
            asked.append((counted.waiting, len(waiting(connection, drop_id, at=at))))

    assert asked == [(0, 0), (3, 3), (0, 0)]


@pytest.mark.parametrize("seed", [1, 3])
def test_the_figures_are_those_of_a_recount(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)
    seen: Counter[str] = Counter()

    for at in (NOON, MAY_FIRST + timedelta(hours=12)):
        log = [fact for fact in history.facts if fact.at <= at]
        for drop_id in DROPS:
            with view_rows(database_url, log) as connection:
                rows = waiting_list(connection, drop_id, at=at)
                waits = waiting(connection, drop_id, at=at)

            counted, who = recounted(log, drop_id, at)
            assert {row[:2]: row[2:] for row in rows} == counted
            assert [(one.number, one.member_id, one.party) for one in waits] == who
            seen.update(taken_up=sum(row.taken_up for row in rows), waits=len(waits))

    assert min(seen.values()) > 3


def recounted(
    log: list[Fact], drop_id: str, at: datetime
) -> tuple[dict[tuple[str, str], tuple[int, ...]], list[tuple[int, str, int]]]:
    """Return sums by slot and the waiting members, from the lists at every position."""
    lists: dict[tuple[str, str], dict[str, Joined]] = defaultdict(dict)
    sums: dict[tuple[str, str], Counter[type]] = defaultdict(Counter)
    for event in (fact.event for fact in log):
        if getattr(event, "drop_id", None) != drop_id:
            continue
        if isinstance(event, Joined):
            lists[event.item_id, event.session_id][event.member_id] = event
        if isinstance(event, Joined | Offered | Left | OfferLapsed | Claimed):
            slot = (event.item_id, event.session_id)
            if event.member_id in lists[slot]:
                sums[slot][type(event)] += 1
            if isinstance(event, Left | OfferLapsed | Claimed):
                lists[slot].pop(event.member_id, None)
    called_off = any(
        isinstance(fact.event, Cancelled) and fact.event.drop_id == drop_id for fact in log
    )
    for slot, waits in lists.items():
        day = int(slot[1].removeprefix("day-"))
        if called_off or at >= MAY_FIRST + timedelta(days=day - 1, hours=10):
            waits.clear()
    kinds = (Joined, Offered, Claimed, OfferLapsed, Left)
    counted = {
        slot: (*(counts[kind] for kind in kinds), len(lists[slot])) for slot, counts in sums.items()
    }
    still = [one for waits in lists.values() for one in waits.values()]
    who = [(one.number, one.member_id, one.party) for one in still]
    return counted, sorted(who)
