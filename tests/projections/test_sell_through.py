from datetime import datetime, timedelta

import msgspec
import pandas as pd
import pytest

from ledger.drops.events import Amended, Announced, Changed, Claimed, Released
from ledger.event import Event, Fact
from ledger.redemptions.refusal import TurnedAway
from projections.sell_through import Second, sell_through, sold_out_after
from projections.turned_away import turned_away
from tests.support.event_history_drops import DROPS, OPENS_AT, SLOTS, drop_history_of, plan
from tests.support.event_history_purchases import facts
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS


def test_each_second_tells_what_was_taken_and_given_back(database_url: str) -> None:
    history = drop_history_of(
        ("claim", "may-day", "m1", GARDEN, 3),
        ("wait", 0.9),
        ("claim", "may-day", "m2", GARDEN, 2),
        ("wait", 60.0),
        ("release", 0),
        ("claim", "spring", "m1", GARDEN, 3),
    )

    with view_rows(database_url, history.facts) as connection:
        rows = sell_through(connection, "may-day")

    assert rows == [
        Second(
            "2019-04-28T02:00:00Z", *GARDEN, claims=2, places=5, releases=0, taken=5, capacity=8
        ),
        Second(
            "2019-04-28T02:01:00Z", *GARDEN, claims=0, places=-3, releases=1, taken=2, capacity=8
        ),
    ]


def test_a_session_is_sold_out_at_the_second_its_last_place_went(database_url: str) -> None:
    history = drop_history_of(
        *(("claim", "may-day", f"m{number}", SECOND_DAY, 2) for number in (1, 2)),
        ("wait", 3.7),
        ("claim", "may-day", "m3", SECOND_DAY, 2),
        ("wait", 40.0),
        ("release", 0),
        ("claim", "may-day", "m4", SECOND_DAY, 2),
        ("claim", "may-day", "m5", GARDEN, 2),
    )

    with view_rows(database_url, history.facts) as connection:
        found = sold_out_after(connection, "may-day")

    assert found == [(*GARDEN, None), (*PILLOW, None), (*SECOND_DAY, 3)]


def test_a_session_of_nothing_is_sold_out_when_it_opens_unless_it_was_changed_before(
    database_url: str,
) -> None:
    announced = Announced(drop_id="may-day", plan=plan(capacity=0))
    changed = Changed(drop_id="may-day", plan=plan(capacity=1))
    asked = []

    for events in ((announced,), (announced, changed)):
        with view_rows(database_url, _early(*events)) as connection:
            asked.append(sold_out_after(connection, "may-day")[0])

    assert asked == [(*GARDEN, 0), (*GARDEN, None)]


def test_more_places_later_change_nothing_about_when_it_was_sold_out(database_url: str) -> None:
    history = drop_history_of(
        *(("claim", "may-day", f"m{number}", GARDEN, 2) for number in range(1, 5)),
        ("wait", 60.0),
        ("amend", "may-day", 4, 60_00),
        ("claim", "may-day", "m5", GARDEN, 2),
    )

    with view_rows(database_url, history.facts) as connection:
        first = sold_out_after(connection, "may-day")[0]
        taken = [(row.taken, row.capacity) for row in sell_through(connection, "may-day")]

    assert first == (*GARDEN, 0)
    assert taken == [(8, 8), (10, 12)]


def test_of_a_drop_that_never_was_there_is_nothing(database_url: str) -> None:
    with view_rows(database_url, []) as connection:
        assert sell_through(connection, "may-day") == []
        assert sold_out_after(connection, "may-day") == []


def test_who_was_turned_away_is_counted_by_reason_in_the_second_they_came(
    database_url: str,
) -> None:
    history = drop_history_of(
        ("turn_away", "may-day", 300),
        ("turn_away", "may-day", 40),
        ("wait", 1.0),
        ("turn_away", "may-day", 7),
        ("turn_away", "spring", 9),
    )

    with view_rows(database_url, history.facts) as connection:
        rows = turned_away(connection, ["second", "reason"], drop_id="may-day")
        (of_all,) = turned_away(connection, [])

    assert [tuple(row.values()) for row in rows] == [
        ("2019-04-28T02:00:00Z", "not_open_yet", 2),
        ("2019-04-28T02:00:00Z", "sold_out", 340),
        ("2019-04-28T02:00:01Z", "not_open_yet", 1),
        ("2019-04-28T02:00:01Z", "sold_out", 7),
    ]
    assert of_all == {"turned_away": 360}


def test_they_came_before_they_were_counted(database_url: str) -> None:
    event = TurnedAway(drop_id="may-day", at=OPENS_AT, day=OPENS_AT.date(), counts={"sold_out": 3})

    with view_rows(database_url, facts(event)) as connection:
        (row,) = turned_away(connection, ["second"])

    assert row == {"second": "2019-04-28T02:00:00Z", "turned_away": 3}


def test_pages_follow_one_another_without_gap_or_overlap(database_url: str) -> None:
    history = random_drop_history(5)

    with view_rows(database_url, history.facts) as connection:
        whole = sell_through(connection, "may-day")
        found: list[Second] = []
        while page := sell_through(
            connection, "may-day", after=found[-1][:3] if found else (), rows_max=3
        ):
            found += page

    assert len(whole) > 9
    assert found == whole


@pytest.mark.parametrize("seed", [1, 3])
def test_the_figures_are_those_of_a_recount(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)

    for drop_id in DROPS:
        counted = recounted(history.facts, drop_id)
        with view_rows(database_url, history.facts) as connection:
            rows = sell_through(connection, drop_id)
            sold_out = {one[:2]: one.seconds for one in sold_out_after(connection, drop_id)}

        assert rows == counted
        full = [row for row in reversed(counted) if row.taken >= row.capacity]
        first = {(row.item_id, row.session_id): row.second for row in full}
        assert first
        assert sold_out == {slot: _since_opening(first.get(slot)) for slot in SLOTS}


def recounted(log: list[Fact], drop_id: str) -> list[Second]:
    """Return the seconds, counted by pandas from single events."""
    lines, capacities = [], dict.fromkeys(SLOTS, 0)
    for fact in log:
        event = fact.event
        if getattr(event, "drop_id", None) != drop_id:
            continue
        if isinstance(event, Announced | Amended):
            capacities |= {
                tuple(n.split("/")): s.capacity for n, (_, s) in event.plan.slots.items()
            }
            lines += [(fact.at, *slot, 0, 0, 0, most) for slot, most in capacities.items()]
        elif isinstance(event, Claimed | Released):
            slot, back = (event.item_id, event.session_id), isinstance(event, Released)
            places = -event.places if back else event.places
            lines.append((fact.at, *slot, int(not back), places, int(back), capacities[slot]))
    frame = pd.DataFrame(lines, columns=["at", *Second._fields[1:6], "capacity"])
    frame["second"] = frame["at"].dt.floor("s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    frame["taken"] = frame.groupby(["item_id", "session_id"])["places"].cumsum()
    by_second = frame.groupby(["second", "item_id", "session_id"], as_index=False).agg(
        claims=("claims", "sum"),
        places=("places", "sum"),
        releases=("releases", "sum"),
        taken=("taken", "last"),
        capacity=("capacity", "last"),
    )
    something = by_second[(by_second["claims"] > 0) | (by_second["releases"] > 0)]
    return [Second(*row) for row in something.to_numpy().tolist()]


def _since_opening(second: str | None) -> int | None:
    if second is None:
        return None
    return int((datetime.fromisoformat(second) - OPENS_AT).total_seconds())


def _early(*events: Event) -> list[Fact]:
    """Return the events, timed in minutes before the opening."""
    return [
        msgspec.structs.replace(fact, at=OPENS_AT - timedelta(minutes=9 - fact.position))
        for fact in facts(*events)
    ]
