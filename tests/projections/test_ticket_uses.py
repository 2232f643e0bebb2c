"""Ticket uses, as a till's day lists them."""

from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ledger.application import Ledger
from ledger.drops.claim import ticket_id
from ledger.drops.terms import Mode
from ledger.offers.grant import Used, UseUndone
from ledger.services.ticket_use import Shown
from projections import ticket_uses as view
from projections.history import history
from projections.ticket_uses import admitted, ticket_uses
from tests.support import example_draw
from tests.support.event_history_drops import MAY_FIRST, SLOTS, DropHistory, drop_history_of
from tests.support.event_history_purchases import changes
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, _, PILLOW = SLOTS
GATE: dict[str, Any] = {"merchant_id": "rose-garden", "till_id": "till-rose-garden"}
DAY = date(2019, 5, 1)


def day(*steps: tuple[object, ...]) -> DropHistory:
    """Return the events of the first of May: a ticket for three, one for two, and a pillow."""
    made = drop_history_of(
        ("claim", "may-day", "m3", GARDEN, 3),
        ("claim", "may-day", "m6", GARDEN, 2),
        ("claim", "may-day", "m9", PILLOW, 1),
    )
    made.now = MAY_FIRST
    for step in steps:
        made.step(step)
    return made


def test_a_day_lists_what_was_admitted_and_what_was_undone(database_url: str) -> None:
    made = day(("use", 0, 2), ("use", 1, 2), ("use", 0, 1), ("undo", 1))

    with view_rows(database_url, made.facts) as connection:
        lines = ticket_uses(connection, **GATE, first_day=DAY, last_day=DAY)
        sums = [*admitted(connection, ["drop_id", "item_id"], **GATE, first_day=DAY, last_day=DAY)]

    assert [(one.uses, one.people) for one in lines] == [(-1, -2), (1, 1), (1, 2), (1, 2)]
    assert lines[0].use_id == lines[2].use_id
    assert sums == [{"drop_id": "may-day", "item_id": "garden", "uses": 2, "people": 3}]


def test_it_is_of_one_merchant_one_till_and_one_day(database_url: str) -> None:
    made = day(("use", 0, 2), ("use", 2, 1))

    with view_rows(database_url, made.facts) as connection:
        of_mill = ticket_uses(connection, merchant_id="down-mill")
        nobody = [
            ticket_uses(connection, merchant_id="down-mill", till_id=GATE["till_id"]),
            ticket_uses(connection, **GATE, first_day=DAY + timedelta(days=1)),
            ticket_uses(connection, **GATE, last_day=DAY - timedelta(days=1)),
        ]

    assert [(one.item_id, one.people) for one in of_mill] == [("pillow", 1)]
    assert nobody == [[], [], []]


def test_what_is_undone_after_midnight_is_taken_off_the_day_of_the_use() -> None:
    made = day(("use", 0, 2))
    used = next(fact.event for fact in made.facts if isinstance(fact.event, Used))
    late = msgspec.structs.replace(used, at=MAY_FIRST.replace(hour=15, minute=50))
    undone = UseUndone(
        member_id=used.member_id,
        grant_id=used.grant_id,
        undone=late,
        at=late.at + timedelta(minutes=20),
    )

    told = [values for _, values in changes(view, late, undone)]

    assert [one["day"] for one in told] == ["2019-05-01", "2019-05-01"]
    assert [str(one["at"])[11:16] for one in told] == ["15:50", "16:10"]


def test_a_use_counts_on_the_day_of_the_zone_it_was_recorded_in() -> None:
    made = day(("use", 0, 2))
    used = next(fact.event for fact in made.facts if isinstance(fact.event, Used))
    in_new_york = msgspec.structs.replace(used, day=date(2019, 4, 30))
    undone = UseUndone(
        member_id=used.member_id,
        grant_id=used.grant_id,
        undone=in_new_york,
        at=used.at + timedelta(minutes=20),
        day=date(2019, 5, 1),
    )

    told = [values for _, values in changes(view, in_new_york, undone)]

    assert [one["day"] for one in told] == ["2019-04-30", "2019-04-30"]


@pytest.mark.parametrize(
    ("zone", "on"), [("Asia/Shanghai", date(2099, 5, 1)), ("America/New_York", date(2099, 4, 30))]
)
def test_a_tills_day_and_a_members_ticket_follow_the_zone_of_the_ledger(
    database_url: str, zone: str, on: date
) -> None:
    with closing(Ledger(database_url, zone=ZoneInfo(zone))) as ledger:
        example_draw.populate(ledger, 4, mode=Mode.FIRST_COME, seed_rule=None)
        example_draw.take(ledger, "m0", example_draw.claim_request("e-m0", party=3))
        shown = Shown(
            card_id="c0", ticket_id=ticket_id("may-day", "m0", "e-m0"), **example_draw.GATE
        )
        ledger.tills.ticket_use.use("u1", shown, at=example_draw.MAY_DAY)
        facts = ledger.facts(0, 1_000)

        with view_rows(database_url, facts) as connection:
            (line,) = ticket_uses(connection, merchant_id="rose-garden", first_day=on, last_day=on)
            (entry,) = history(connection, member_id="m0")

    assert (line.day, line.at) == (on.isoformat(), "2099-05-01T00:00:00.000000Z")
    assert entry.day == on.isoformat()


def test_no_line_tells_whose_ticket_it_was() -> None:
    assert {column.name for column in view.table.columns}.isdisjoint(
        {"member_id", "card_id", "grant_id", "ticket_id", "collected_by"}
    )


@pytest.mark.parametrize("seed", [1, 3])
def test_the_sums_are_those_of_the_facts(database_url: str, seed: int) -> None:
    facts = random_drop_history(seed).facts
    expected: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if isinstance(fact.event, Used | UseUndone):
            used = fact.event.undone if isinstance(fact.event, UseUndone) else fact.event
            sign = -1 if isinstance(fact.event, UseUndone) else 1
            expected[used.ticket.drop_id, used.ticket.item_id] += sign * used.people

    with view_rows(database_url, facts) as connection:
        sums = [*admitted(connection, ["drop_id", "item_id"])]

    found = {(one["drop_id"], one["item_id"]): one["people"] for one in sums}
    assert found == dict(expected)
    assert sum(expected.values()) > 0
