from collections import Counter, defaultdict

import pytest

from ledger.drops.events import Amended, Announced, Cancelled, Claimed, Released
from ledger.event import Fact
from ledger.offers.grant import Used, UseUndone
from projections.suppliers import suppliers
from tests.support.event_history_drops import DROPS, MAY_FIRST, SLOTS, drop_history_of
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS


def test_suppliers_are_due_what_was_kept_and_what_was_used(database_url: str) -> None:
    history = drop_history_of(
        ("claim", "may-day", "m1", GARDEN, 3),
        ("claim", "may-day", "m2", GARDEN, 2),
        ("claim", "may-day", "m3", PILLOW, 1),
        ("claim", "may-day", "m4", PILLOW, 1),
        ("release", 3),
    )
    history.now = MAY_FIRST
    history.step(("use", 0, 2))
    history.step(("use", 2, 1))

    with view_rows(database_url, history.facts) as connection:
        rows = suppliers(connection, ["drop_id", "item_id", "supplier_id"], drop_id="may-day")

    assert rows == [
        {
            "drop_id": "may-day",
            "item_id": "garden",
            "supplier_id": "rose-garden",
            "places_kept": 5,
            "places_used": 2,
            "kept_income_minor": 300_00,
            "used_income_minor": 120_00,
        },
        {
            "drop_id": "may-day",
            "item_id": "pillow",
            "supplier_id": "down-mill",
            "places_kept": 1,
            "places_used": 1,
            "kept_income_minor": 38_50,
            "used_income_minor": 38_50,
        },
    ]


def test_an_amendment_changes_the_income_of_later_claims_only(database_url: str) -> None:
    history = drop_history_of(
        ("claim", "may-day", "m1", GARDEN, 2),
        ("amend", "may-day", 0, 70_00),
        ("claim", "may-day", "m2", GARDEN, 3),
        ("amend", "may-day", 1, 80_00),
        ("claim", "may-day", "m3", GARDEN, 1),
    )

    with view_rows(database_url, history.facts) as connection:
        (row,) = suppliers(connection, ["item_id"])

    assert row["kept_income_minor"] == 2 * 60_00 + 3 * 70_00 + 80_00


def test_a_drop_called_off_brings_only_what_was_used_before(database_url: str) -> None:
    history = drop_history_of(
        ("claim", "spring", "m1", GARDEN, 3), ("claim", "spring", "m2", GARDEN, 3)
    )
    history.now = MAY_FIRST
    history.step(("use", 0, 1))
    history.step(("cancel", "spring"))

    with view_rows(database_url, history.facts) as connection:
        (row,) = suppliers(connection, ["supplier_id"])

    assert (row["places_kept"], row["places_used"]) == (1, 1)
    assert row["kept_income_minor"] == row["used_income_minor"] == 60_00


@pytest.mark.parametrize("seed", [1, 3])
def test_the_figures_are_those_of_a_recount(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)

    with view_rows(database_url, history.facts) as connection:
        rows = suppliers(connection, ["drop_id", "item_id", "supplier_id"])

    found = {(row["drop_id"], row["supplier_id"]): list(row.values())[3:] for row in rows}
    assert found == recounted(history.facts)
    assert {drop_id for drop_id, _ in found} == {*DROPS}


def recounted(log: list[Fact]) -> dict[tuple[str, str], list[int]]:
    """Return the income by drop and supplier, from the terms at every position."""
    plans, tickets, called_off = {}, {}, set()
    admitted: Counter[str] = Counter()
    for event in (fact.event for fact in log):
        match event:
            case Announced() | Amended():
                plans[event.drop_id] = {item.item_id: item for item in event.plan.items}
            case Cancelled():
                called_off.add(event.drop_id)
            case Claimed():
                tickets[event.ticket_id] = (event, plans[event.drop_id][event.item_id])
            case Released():
                del tickets[event.ticket_id]
            case Used():
                admitted[event.grant_id] += event.people
            case UseUndone():
                admitted[event.grant_id] -= event.undone.people
            case _:
                pass
    found = defaultdict[tuple[str, str], list[int]](lambda: [0, 0, 0, 0])
    for ticket_id, (claimed, item) in tickets.items():
        used = admitted[ticket_id] if item.by_person else int(admitted[ticket_id] > 0)
        kept = used if claimed.drop_id in called_off else claimed.places
        income = item.income_minor
        sums = found[claimed.drop_id, item.supplier_id]
        for place, more in enumerate([kept, used, kept * income, used * income]):
            sums[place] += more
    return dict(found)
