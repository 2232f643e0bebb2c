"""Offline redemptions, as merchants and officers look them up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ledger.merchants.till_sequence import Counted, Numbered
from ledger.redemptions.events import Contested, Lateness, OfflineDiscount, Redeemed
from projections import balances
from projections.balances import balance
from projections.engine.totals import totals
from projections.late import late_redemptions
from projections.purchases import purchases
from projections.redemptions import redemptions
from projections.till_counters import till_counters
from projections.usage import usage
from tests.support.event_history_purchases import AT, line, read, redeemed, undone

HAIRCUT = line("haircut", merchant=100, union=200)


def late(number: int, **others: Any) -> Redeemed:
    """Return a haircut that arrived an hour after it was made."""
    lateness = Lateness(AT + timedelta(hours=1), number)
    return redeemed(3_000, HAIRCUT, late=lateness, cashier_id="zhou", **others)


def contested(number: int, **others: Any) -> Contested:
    """Return a contested haircut."""
    gave = OfflineDiscount(choice_id="haircut", merchant_share_minor=100, union_share_minor=200)
    return Contested(
        made=late(number, **others),
        given=(gave,),
        scanned_at=AT,
        reason="limit_reached",
        particulars={},
        borne_by="union",
        because="within_limits",
    )


def numbered(number: int, outcome: str, *missing: int, series: int = 1) -> Numbered:
    """Return the arrival of a till's sequence number."""
    return Numbered(
        merchant_id="shears",
        till_id="till-1",
        series=series,
        highest=number,
        missing=missing,
        at=AT,
        number=number,
        redemption_id=f"r{number}",
        outcome=outcome,
        synced_at=AT,
        redemptions=1,
        given_minor=300,
    )


FINE, WRONG = late(1), contested(2)
ELSEWHERE = late(1, till_id="till-2", day=3)
NOBODYS = contested(3, member_id="")
EVENTS = (FINE, WRONG, ELSEWHERE, redeemed(), NOBODYS)


def test_late_redemptions_are_listed_with_their_outcome_and_who_bears_it(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        nobodys, elsewhere, wrong, fine = late_redemptions(connection, merchant_id="shears")

    assert (fine.outcome, fine.reason, fine.borne_by, fine.number) == ("accepted", "", "", 1)
    assert (fine.scanned_at, fine.arrived_at) == (
        "2019-05-01T03:30:00.000000Z",
        "2019-05-01T04:30:00.000000Z",
    )
    assert (wrong.outcome, wrong.reason) == ("contested", "limit_reached")
    assert (wrong.borne_by, wrong.because, wrong.cashier_id) == ("union", "within_limits", "zhou")
    assert (wrong.given_minor, wrong.union_share_minor) == (300, 200)
    assert elsewhere.till_id == "till-2"
    assert nobodys.redemption_id == NOBODYS.made.redemption_id


def test_they_are_narrowed_to_a_till_a_day_an_outcome_and_a_page(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        found = [
            late_redemptions(connection, merchant_id="shears", till_id="till-2"),
            late_redemptions(connection, last_day=date(2019, 5, 1)),
            late_redemptions(connection, first_day=date(2019, 5, 2)),
            late_redemptions(connection, outcome="contested", rows_max=1),
            late_redemptions(connection, before=2),
            late_redemptions(connection, merchant_id="mill"),
        ]

    assert [[one.position for one in lines] for lines in found] == [
        [3],
        [5, 2, 1],
        [3],
        [5],
        [1],
        [],
    ]


def test_what_is_contested_stands_in_every_figure_as_it_is_booked(database_url: str) -> None:
    with read(database_url, WRONG, NOBODYS) as connection:
        (posted,) = totals(balances.table, connection)
        owed = balance(connection, "merchant:shears:payable")
        (bought,) = purchases(connection, ("merchant_id",))
        (used,) = usage(connection, ("choice_id",))
        lines = redemptions(connection, till_id="till-1")

    assert posted["debits_minor"] == posted["credits_minor"] > 0
    assert owed.credit_minor == 200
    assert (bought["purchases"], bought["union_share_minor"]) == (1, 200)
    assert used["uses"] == 1
    assert [(one.redemption_id, one.cashier_id) for one in lines] == [
        (WRONG.made.redemption_id, "zhou")
    ]


def test_undone_nothing_of_it_is_left(database_url: str) -> None:
    with read(database_url, WRONG, undone(WRONG.made, day=1)) as connection:
        owed = balance(connection, "merchant:shears:payable")
        (bought,) = purchases(connection, ("merchant_id",))

    assert owed.credit_minor == 0
    assert (bought["purchases"], bought["reversals"], bought["price_minor"]) == (0, 1, 0)


def test_a_till_is_counted_series_by_series_with_its_gaps(database_url: str) -> None:
    end = Counted(
        merchant_id="shears", till_id="till-1", series=1, highest=6, missing=(2, 3, 6), at=AT
    )
    events = (
        numbered(1, "accepted"),
        numbered(4, "contested", 2, 3),
        numbered(5, "known", 2, 3),
        end,
        numbered(1, "accepted", series=2),
    )

    with read(database_url, *events) as connection:
        first, second = till_counters(connection, merchant_id="shears", till_id="till-1")
        page = till_counters(connection, after=("shears", "till-1", "1"))
        nothing = till_counters(connection, till_id="till-2")

    assert (first.series, first.accepted, first.contested, first.known) == ("1", 1, 1, 1)
    assert (first.highest, first.missing_count, first.missing) == (6, 3, "2 3 6")
    assert first.last_heard_at == "2019-05-01T03:30:00.000000Z"
    assert (second.series, second.accepted, second.missing) == ("2", 1, "")
    assert (page, nothing) == ([second], [])
