"""Offline redemptions, as merchants and officers look them up."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from ledger.event import Event
from ledger.merchants.till_sequence import Counted, Numbered
from ledger.redemptions.events import ContestDecided, Contested, Lateness, OfflineDiscount, Redeemed
from projections import balances, statement_lines
from projections.balances import balance
from projections.engine.totals import totals
from projections.figures import late_totals, unusual_contests
from projections.history import history, savings
from projections.late import late_redemptions
from projections.purchases import purchases
from projections.redemptions import redemptions, spending
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
    why = {"reason": "limit_reached", "borne_by": "union", "because": "within_limits"}
    made = late(number, **others)
    return Contested(made=made, given=(gave,), scanned_at=AT, particulars={}, **why)


def numbered(number: int, outcome: str, *missing: int, series: int = 1) -> Numbered:
    """Return the arrival of a till's sequence number."""
    counted = {"series": series, "highest": number, "missing": missing}
    told = {"number": number, "redemption_id": f"r{number}", "outcome": outcome}
    given = {"at": AT, "synced_at": AT, "redemptions": 1, "given_minor": 300}
    return Numbered(merchant_id="shears", till_id="till-1", **counted, **told, **given)


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


def waiting(number: int = 4, **others: Any) -> Contested:
    """Return a contested haircut whose share of the union is held."""
    found = contested(number, **others)
    lines = (msgspec.structs.replace(HAIRCUT, reservation=None),)
    return msgspec.structs.replace(found, made=msgspec.structs.replace(found.made, lines=lines))


def decided(event: Contested, *, accept: bool) -> ContestDecided:
    """Return the decision of an officer two days later."""
    was, at = event.made, AT + timedelta(days=2)
    made = late(4, redemption_id=was.redemption_id)
    if not accept:
        (line,) = was.lines
        shares = {"merchant_share_minor": 300, "union_share_minor": 0}
        lines = (msgspec.structs.replace(line, **shares, fund_id=None, programme=""),)
        made = msgspec.structs.replace(was, lines=lines, **shares)
    return ContestDecided(was=was, made=made, officer_id="officer-li", at=at, day=at.date())


def figures(database_url: str, *events: Event) -> list[Any]:
    """Return what is held and owed, the shares in three figures, and the lines of a statement."""
    with read(database_url, *events) as connection:
        accounts = [
            balance(connection, f"merchant:shears:{one}").credit_minor
            for one in ("held", "payable", "discount")
        ]
        (bought,), (used,) = purchases(connection, ()), usage(connection, ())
        (summed,) = spending(connection)
        (saved,) = savings(connection)
        (whole,) = late_totals(connection, ())
        lines = connection.execute(select(statement_lines.table.c.reservation)).scalars()
        shares = [
            tuple(one[f"{name}_share_minor"] for name in ("merchant", "union"))
            for one in (bought, used, summed, saved)
        ]
        assert (bought["purchases"], used["uses"], summed["redemptions"]) == (1, 1, 1)
        assert (bought["reversals"], bought["price_minor"], whole["late"]) == (0, 3_000, 1)
        assert len(history(connection, member_id="m1")) == 1
        return [accounts, shares, whole["union_share_minor"], list(lines)]


def test_a_contest_that_waits_is_held_and_on_no_statement(database_url: str) -> None:
    event = waiting()

    assert figures(database_url, event) == [[200, 0, -100], [(100, 200)] * 4, 200, []]


def test_accepted_it_is_owed_and_has_its_line(database_url: str) -> None:
    event = waiting()

    found = figures(database_url, event, decided(event, accept=True))

    assert found == [[0, 200, -100], [(100, 200)] * 4, 200, [1]]


def test_declined_every_figure_has_it_as_the_merchants(database_url: str) -> None:
    event = waiting()

    found = figures(database_url, event, decided(event, accept=False))

    assert found == [[0, 0, -300], [(300, 0)] * 4, 0, []]


@pytest.mark.parametrize(
    ("then", "review", "borne_by"),
    [
        (lambda _: [], "waiting", "union"),
        (lambda event: [decided(event, accept=True)], "accepted", "union"),
        (lambda event: [decided(event, accept=False)], "declined", "merchant"),
        (lambda event: [undone(event.made)], "reversed", "union"),
    ],
)
def test_what_became_of_a_contest_is_told(
    database_url: str, then: Any, review: str, borne_by: str
) -> None:
    event = waiting()

    with read(database_url, FINE, WRONG, event, *then(event)) as connection:
        found, wrong, fine = late_redemptions(connection)
        waits = late_redemptions(connection, review="waiting")

    assert (found.review, found.borne_by) == (review, borne_by)
    assert (wrong.review, fine.review) == ("", "")
    assert [one.redemption_id for one in waits] == [found.redemption_id] * (review == "waiting")


def test_a_till_or_a_card_with_much_contested_in_a_week_is_unusual(database_url: str) -> None:
    gave = OfflineDiscount(choice_id="haircut", merchant_share_minor=0, union_share_minor=100_00)
    events = [
        msgspec.structs.replace(contested(number, till_id=till_id, card_id=card_id), given=(gave,))
        for number, till_id, card_id in ((1, "t1", "c1"), (2, "t1", "c2"), (3, "t2", ""))
    ]
    cheap = contested(4, till_id="t3", card_id="c3")

    with read(database_url, *events, cheap) as connection:
        found = list(unusual_contests(connection, date(2019, 5, 7)))
        later = list(unusual_contests(connection, date(2019, 5, 8)))

    assert [(one.get("till_id"), one.get("card_id")) for one in found] == [
        ("t1", None),
        (None, "c1"),
        (None, "c2"),
    ]
    assert later == []


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
