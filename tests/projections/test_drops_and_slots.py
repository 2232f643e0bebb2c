from datetime import datetime, timedelta

import msgspec
import pytest

from ledger.drops.events import Announced, Changed
from projections.drops import DropRow, drop, drops
from projections.slots import slots
from tests.support.event_history_drops import MAY_FIRST, OPENS_AT, SLOTS, drop_history_of, plan
from tests.support.event_history_purchases import facts
from tests.support.event_history_random_drops import view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS
CLOSES_AT = MAY_FIRST + timedelta(days=2)
INSTANT = timedelta(microseconds=1)


def test_a_drop_is_told_with_what_is_taken_of_it(database_url: str) -> None:
    history = drop_history_of(
        ("claim", "may-day", "m2", GARDEN, 3),
        ("claim", "may-day", "m4", PILLOW, 1),
        ("claim", "may-day", "m6", GARDEN, 2),
        ("release", 0),
    )

    with view_rows(database_url, history.facts) as connection:
        found = drop(connection, "may-day", at=OPENS_AT)
        assert drop(connection, "june-day", at=OPENS_AT) is None

    assert found == DropRow(
        drop_id="may-day",
        title="五一",
        mode="first_come",
        programme="",
        status="open",
        announced_at="2019-04-28T01:00:00.000000Z",
        opens_at="2019-04-28T02:00:00.000000Z",
        closes_at="2019-05-03T00:00:00.000000Z",
        capacity=8 + 6 + 5,
        tickets=2,
        places=3,
    )


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (OPENS_AT - INSTANT, "announced"),
        (OPENS_AT, "open"),
        (CLOSES_AT - INSTANT, "open"),
        (CLOSES_AT, "closed"),
    ],
)
def test_the_clock_opens_and_closes_a_drop_that_nobody_looked_at(
    database_url: str, at: datetime, status: str
) -> None:
    with view_rows(database_url, drop_history_of().facts) as connection:
        assert {one.status for one in drops(connection, at=at)} == {status}


def test_a_drop_called_off_stays_so(database_url: str) -> None:
    history = drop_history_of(("cancel", "spring"))

    with view_rows(database_url, history.facts) as connection:
        found = drop(connection, "spring", at=CLOSES_AT)

    assert found is not None
    assert found.status == "cancelled"


def test_newer_terms_hold_and_a_session_they_leave_out_is_none(database_url: str) -> None:
    first = plan()
    _garden, pillow = first.items
    later = msgspec.structs.replace(pillow, title="蜂蜜")
    second = msgspec.structs.replace(first, title="五一二", items=(later,))
    events = (Announced(drop_id="may-day", plan=first), Changed(drop_id="may-day", plan=second))

    with view_rows(database_url, facts(*events)) as connection:
        (slot,) = slots(connection, "may-day")
        found = drop(connection, "may-day", at=OPENS_AT)

    assert (slot.item_id, slot.title, slot.capacity) == ("pillow", "蜂蜜", 5)
    assert found is not None
    assert (found.title, found.capacity) == ("五一二", 5)


def test_slots_are_told_in_the_order_they_begin(database_url: str) -> None:
    with view_rows(database_url, drop_history_of().facts) as connection:
        found = slots(connection, "may-day")

    assert [(one.item_id, one.session_id) for one in found] == [GARDEN, PILLOW, SECOND_DAY]
    assert (found[2].starts_at, found[2].ends_at) == (
        "2019-05-02T00:00:00.000000Z",
        "2019-05-02T10:00:00.000000Z",
    )


def test_drops_are_listed_page_by_page_the_latest_opening_first(database_url: str) -> None:
    opens_at = {f"drop-{day}": OPENS_AT + timedelta(days=day // 2) for day in range(7)}
    events = [
        Announced(drop_id=drop_id, plan=plan(opens_at=at)) for drop_id, at in opens_at.items()
    ]

    with view_rows(database_url, facts(*events)) as connection:
        found: list[DropRow] = []
        while page := drops(
            connection,
            at=OPENS_AT,
            before=(found[-1].opens_at, found[-1].drop_id) if found else None,
            rows_max=2,
        ):
            found += page

    assert [one.drop_id for one in found] == [f"drop-{day}" for day in range(6, -1, -1)]
