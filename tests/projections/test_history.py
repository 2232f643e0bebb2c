"""A member's history in the views."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pandas as pd
import pytest

import projections.history
from ledger.event import Event
from ledger.offers.grant import Ticket, Used, UseUndone
from ledger.redemptions.events import Contested, Lateness, OfflineDiscount, Redeemed, Reversed
from projections.history import history, savings, undone_of
from tests.support.event_history_drops import MAY_FIRST, MEMBERS, SLOTS, drop_history_of
from tests.support.event_history_purchases import changes, line, read, redeemed, undone
from tests.support.event_history_random_drops import random_drop_history, view_rows

HAIRCUT = redeemed(3_000, line("haircut", merchant=500), line("care", union=400), day=1)
NEW_CARD = redeemed(1_000, line("bread", merchant=100), day=3, card_id="c9", category=None)
OTHERS = redeemed(5_000, day=3, card_id="c2", member_id="m2")
EVENTS = (HAIRCUT, NEW_CARD, OTHERS, undone(HAIRCUT, day=31))
AMOUNTS = ("price_minor", "merchant_share_minor", "union_share_minor", "member_share_minor")


def test_a_member_finds_what_each_of_their_cards_was_used_for_the_latest_first(
    database_url: str,
) -> None:
    with read(database_url, *EVENTS) as connection:
        lines = history(connection, member_id="m1")

    assert [(one.position, one.entry, one.entry_id) for one in lines] == [
        (4, "reversed", HAIRCUT.redemption_id),
        (2, "redeemed", NEW_CARD.redemption_id),
        (1, "redeemed", HAIRCUT.redemption_id),
    ]
    assert [one.saved_minor for one in lines] == [-900, 100, 900]
    assert lines[2].choices == "haircut care"
    assert [one.day for one in lines] == ["2019-05-31", "2019-05-03", "2019-05-01"]


def test_what_a_till_gave_against_the_rules_the_member_has_all_the_same(database_url: str) -> None:
    gave = OfflineDiscount(choice_id="haircut", merchant_share_minor=500, union_share_minor=400)
    told: dict[str, Any] = {"given": (gave,), "scanned_at": HAIRCUT.at, "particulars": {}}
    told |= {"reason": "limit_reached", "borne_by": "merchant", "because": "too_late"}
    late = msgspec.structs.replace(HAIRCUT, late=Lateness(HAIRCUT.at, 1))
    of_nobody = msgspec.structs.replace(late, member_id="")

    with read(
        database_url, Contested(made=late, **told), Contested(made=of_nobody, **told)
    ) as connection:
        (one,) = history(connection, member_id="m1")
        nobody = history(connection, member_id="")

    assert (one.entry, one.redemptions, one.saved_minor) == ("contested", 1, 900)
    assert nobody == []


def test_what_was_undone_is_known_of_each_on_its_own(database_url: str) -> None:
    made = drop_history_of(("claim", "may-day", "m1", SLOTS[0], 3))
    made.now = MAY_FIRST
    for step in (("use", 0, 2), ("use", 0, 1), ("undo", 1)):
        made.step(step)
    kept, taken_back = (fact.event for fact in made.facts if isinstance(fact.event, Used))
    asked = [HAIRCUT.redemption_id, NEW_CARD.redemption_id, kept.use_id, taken_back.use_id]

    with read(database_url, *EVENTS, *(fact.event for fact in made.facts)) as connection:
        found = undone_of(connection, "m1", asked)
        of_another = undone_of(connection, "m2", asked)

    assert found == {("reversed", HAIRCUT.redemption_id), ("undone", taken_back.use_id)}
    assert of_another == set()


def test_pages_follow_one_another_without_gap_or_overlap(database_url: str) -> None:
    with read(database_url, *[redeemed() for _ in range(7)]) as connection:
        found: list[int] = []
        while page := history(
            connection, member_id="m1", before=found[-1] if found else None, rows_max=3
        ):
            found += [one.position for one in page]

    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_what_was_saved_is_summed_by_month_and_in_all(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        months = savings(connection, ["month"], member_id="m1")
        (in_all,) = savings(connection, member_id="m1")
        (nobody,) = savings(connection, member_id="m7")

    assert [(one["month"], one["merchant_share_minor"]) for one in months] == [("2019-05", 100)]
    assert (in_all["redemptions"], in_all["price_minor"]) == (1, 1_000)
    assert set(nobody.values()) == {0}


def test_a_ticket_stands_in_the_history_of_whose_it_is(database_url: str) -> None:
    made = drop_history_of(("claim", "may-day", "m3", SLOTS[0], 3))
    made.now = MAY_FIRST
    for step in (("use", 0, 2), ("use", 0, 1), ("undo", 1)):
        made.step(step)

    with view_rows(database_url, made.facts) as connection:
        lines = history(connection, member_id="m3")

    assert [(one.entry, one.uses, one.people) for one in lines] == [
        ("undone", -1, -1),
        ("used", 1, 1),
        ("used", 1, 2),
    ]
    assert {one.day for one in lines} == {"2019-05-01"}


def test_a_visit_is_of_the_day_it_was_recorded_with_and_else_of_the_day_in_china() -> None:
    slot = {"drop_id": "may-day", "item_id": "garden", "session_id": "day-1"}
    ticket = Ticket(**slot, claim_id="k1", number=1, party=3, places=3)
    held = {"member_id": "m3", "grant_id": "t1"}
    gate = {"merchant_id": "rose-garden", "outlet_id": "gate", "till_id": "gate-1"}
    at = MAY_FIRST - timedelta(hours=1)
    used = Used(**held, **gate, use_id="u1", ticket=ticket, people=2, at=at)
    in_new_york = msgspec.structs.replace(used, day=date(2019, 4, 30))
    undone = UseUndone(**held, undone=in_new_york, at=MAY_FIRST, day=date(2019, 5, 1))

    told = [values for _, values in changes(projections.history, used, in_new_york, undone)]

    assert [one["day"] for one in told] == ["2019-05-01", "2019-04-30", "2019-05-01"]


@pytest.mark.parametrize("seed", [1, 3])
def test_pandas_finds_the_same_sums_in_the_facts(database_url: str, seed: int) -> None:
    events = [*shopping(seed), *(fact.event for fact in random_drop_history(seed).facts)]
    recounted = pd.DataFrame([row for event in events for row in rows(event)])
    expected = recounted.groupby(["member_id", "month"]).sum().reset_index()

    with read(database_url, *events) as connection:
        found = savings(connection, ["member_id", "month"])
        listed = [len(history(connection, member_id=member_id)) for member_id in MEMBERS]

    assert [list(one.values()) for one in found] == expected.to_numpy().tolist()
    assert listed == [int((recounted.member_id == member_id).sum()) for member_id in MEMBERS]
    assert {"2019-05", "2019-06"} == set(expected.month)
    assert (recounted.groupby("member_id")[["redemptions", "uses"]].sum() > 0).all(axis=1).any()


def shopping(seed: int) -> Iterator[Event]:
    """Return random purchases, some reversed a month later."""
    chance = Random(seed)  # noqa: S311 - a made-up past
    for _ in range(60):
        made = redeemed(
            chance.randint(1_000, 9_000),
            line("haircut", merchant=chance.randint(0, 500)),
            line("care", union=chance.randint(0, 500)),
            day=chance.randint(1, 31),
            member_id=f"m{chance.randint(1, 9)}",
            card_id=f"c{chance.randint(1, 3)}",
        )
        yield made
        if chance.random() < 0.2:
            june = datetime(2019, 6, chance.randint(1, 30), tzinfo=UTC)
            yield Reversed(undone=made, reason="mistyped", at=june, day=june.date())


def rows(event: Event) -> Iterator[dict[str, Any]]:
    """Yield the amounts that an event adds to a member's month, counted again."""
    match event:
        case Redeemed() as made:
            yield _purchase(made, made.day, 1)
        case Reversed(undone=made, day=day):
            yield _purchase(made, day, -1)
        case Used(at=at) as used:
            yield _visit(used, at, 1)
        case UseUndone(undone=used, at=at):
            yield _visit(used, at, -1)
        case _:
            pass


def _purchase(made: Redeemed, day: date, count: int) -> dict[str, Any]:
    amounts = {field: count * getattr(made, field) for field in AMOUNTS}
    month = pd.Timestamp(day).strftime("%Y-%m")
    whose = {"member_id": made.member_id, "month": month}
    return whose | {"redemptions": count, "uses": 0, "people": 0} | amounts


def _visit(used: Used, at: datetime, count: int) -> dict[str, Any]:
    month = pd.Timestamp(at).tz_convert("Asia/Shanghai").strftime("%Y-%m")
    whose = {"member_id": used.member_id, "month": month}
    counts = {"redemptions": 0, "uses": count, "people": count * used.people}
    return whose | counts | dict.fromkeys(AMOUNTS, 0)
