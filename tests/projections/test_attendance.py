from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pandas as pd
import pytest

from ledger.drops.ticket_use import no_shows
from ledger.event import Fact
from ledger.offers.grant import Made, Used, UseUndone, Withdrawn
from projections.attendance import attendance
from tests.support.event_history_drops import (
    DROPS,
    MAY_FIRST,
    MEMBERS,
    SLOTS,
    DropHistory,
    drop_history_of,
)
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS
OVER_AT = MAY_FIRST + timedelta(hours=10)
CLAIMED = (
    ("claim", "may-day", "m3", GARDEN, 3),
    ("claim", "may-day", "m6", GARDEN, 2),
    ("claim", "may-day", "m9", GARDEN, 1),
    ("release", 2),
)


def on_the_day(*steps: tuple[object, ...]) -> DropHistory:
    history = drop_history_of(*CLAIMED)
    history.now = MAY_FIRST
    for step in steps:
        history.step(step)
    return history


def test_people_are_counted_as_they_are_admitted(database_url: str) -> None:
    history = on_the_day(("use", 0, 1), ("use", 0, 2))

    with view_rows(database_url, history.facts) as connection:
        rows = attendance(
            connection, ["item_id", "session_id", "branch"], at=history.now, drop_id="may-day"
        )

    assert rows == [
        {
            "item_id": "garden",
            "session_id": "day-1",
            "branch": "miyun",
            "tickets": 2,
            "people_expected": 5,
            "people_admitted": 3,
            "tickets_used": 1,
            "no_shows": 0,
        }
    ]


def test_what_was_undone_did_not_happen(database_url: str) -> None:
    history = on_the_day(("use", 0, 1), ("use", 0, 2), ("use", 1, 2), ("undo", 1), ("undo", 2))

    with view_rows(database_url, history.facts) as connection:
        (row,) = attendance(connection, [], at=history.now)

    assert (row["people_admitted"], row["tickets_used"]) == (1, 1)


@pytest.mark.parametrize(
    ("at", "missed"),
    [(OVER_AT - timedelta(microseconds=1), 0), (OVER_AT, 1), (OVER_AT + timedelta(days=999), 1)],
)
def test_a_ticket_kept_and_never_used_is_a_no_show_once_its_session_is_over(
    database_url: str, at: datetime, missed: int
) -> None:
    history = on_the_day(("use", 0, 3))

    with view_rows(database_url, history.facts) as connection:
        (row,) = attendance(connection, ["item_id"], at=at)

    assert row["no_shows"] == missed


def test_a_ticket_whose_only_use_was_undone_is_a_no_show(database_url: str) -> None:
    history = on_the_day(("use", 0, 3), ("undo", 0))

    with view_rows(database_url, history.facts) as connection:
        (row,) = attendance(connection, [], at=OVER_AT)

    assert (row["tickets"], row["tickets_used"], row["no_shows"]) == (2, 0, 2)


def test_a_drop_called_off_has_no_no_shows(database_url: str) -> None:
    history = drop_history_of(("claim", "spring", "m3", GARDEN, 3), ("cancel", "spring"))

    with view_rows(database_url, history.facts) as connection:
        (row,) = attendance(connection, [], at=OVER_AT)

    assert (row["tickets"], row["no_shows"]) == (1, 0)


@pytest.mark.parametrize("seed", [1, 3])
def test_the_figures_are_those_of_a_recount(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)

    keys = ["drop_id", "item_id", "session_id", "branch"]

    with view_rows(database_url, history.facts) as connection:
        rows = attendance(connection, keys, at=history.now)

    counted = recounted(history.facts).groupby(keys).sum().reset_index()
    assert [list(row.values())[:-1] for row in rows] == counted.to_numpy().tolist()
    assert sum(row["people_admitted"] for row in rows) > 4


@pytest.mark.parametrize("seed", [1, 3])
def test_no_shows_are_those_the_draws_count(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)
    drops = {drop_id: history.state(f"drop-{drop_id}") for drop_id in DROPS}

    for at in (MAY_FIRST, OVER_AT, OVER_AT + timedelta(days=1)):
        with view_rows(database_url, history.facts) as connection:
            (row,) = attendance(connection, [], at=at)
        counted = sum(no_shows(history.state(f"grant-{one}"), drops, at) for one in MEMBERS)
        assert row["no_shows"] == counted
    assert counted > 3


def recounted(log: list[Fact]) -> pd.DataFrame:
    """Return a line for each ticket, from its events in order."""
    kept: dict[str, Made] = {}
    given_back, uses = set(), defaultdict[str, Counter[str]](Counter)
    for event in (fact.event for fact in log):
        match event:
            case Made():
                kept[event.grant_id] = event
            case Withdrawn():
                given_back.add(event.grant_id)
            case Used():
                uses[event.grant_id][event.use_id] = event.people
            case UseUndone():
                del uses[event.grant_id][event.undone.use_id]
            case _:
                pass
    lines = []
    for ticket_id, made in kept.items():
        ticket, here = made.ticket, ticket_id not in given_back
        assert ticket is not None
        lines.append(
            {
                "drop_id": ticket.drop_id,
                "item_id": ticket.item_id,
                "session_id": ticket.session_id,
                "branch": MEMBERS[made.member_id][0],
                "tickets": int(here),
                "people_expected": ticket.party * here,
                "people_admitted": uses[ticket_id].total(),
                "tickets_used": int(bool(uses[ticket_id])),
            }
        )
    return pd.DataFrame(lines)
