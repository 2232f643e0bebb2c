"""Queries of statements, their lines and incidents."""

from datetime import date

import msgspec

from ledger.redemptions.events import Contested, Lateness
from ledger.settlement import incident
from ledger.settlement.statement import Approved, DrawnUp, Paid, Returned
from projections.incidents import IncidentRow, incidents
from projections.statement_lines import StatementLine, statement_lines
from projections.statements import StatementRow, statement, statements
from tests.support.event_history_purchases import AT, line, read, redeemed, undone

DAY = date(2026, 6, 1)


def drawn_up(statement_id: str, merchant_id: str = "shears", **other: int) -> DrawnUp:
    amounts = {"amount_minor": 70, "recovered_minor": 20, "due_minor": 50, "approvals": 2}
    amounts |= {"first": 1, "through": 9} | other
    of = {"merchant_id": merchant_id, "fund_id": "care"}
    return DrawnUp(statement_id=statement_id, officer_id="officer-wu", day=DAY, **of, **amounts)


def approved(statement_id: str, officer_id: str, number: int, of: int = 2) -> Approved:
    return Approved(statement_id=statement_id, officer_id=officer_id, day=DAY, number=number, of=of)


def returned(statement_id: str) -> Returned:
    return Returned(
        statement_id=statement_id, officer_id="officer-li", day=DAY, reason="amount_doubted"
    )


def paid(statement_id: str) -> Paid:
    by = {"officer_id": "officer-zhao", "day": date(2026, 6, 3)}
    return Paid(statement_id=statement_id, **by, reference="b-1", due_minor=50)


def listed(fund_id: str, first: int, through: int) -> StatementRow:
    """Return a statement of these reservations of a fund."""
    fields = dict.fromkeys(StatementRow._fields)
    fields |= {"fund_id": fund_id, "merchant_id": "shears", "first": first, "through": through}
    return StatementRow(**fields)


def test_a_statement_shows_who_brought_it_how_far(database_url: str) -> None:
    way = (
        drawn_up("s-1"),
        approved("s-1", "officer-li", 1),
        approved("s-1", "officer-zhao", 2),
        paid("s-1"),
    )

    with read(database_url, *way) as connection:
        found = statement(connection, "s-1")
        assert statement(connection, "s-2") is None

    assert found is not None
    assert (found.status, found.due_minor, found.first, found.through) == ("paid", 50, 1, 9)
    assert (found.drawn_up_by, found.drawn_up_day) == ("officer-wu", "2026-06-01")
    assert (found.first_approved_by, found.second_approved_by) == ("officer-li", "officer-zhao")
    assert (found.paid_by, found.paid_day, found.reference) == (
        *("officer-zhao", "2026-06-03", "b-1"),
    )
    assert (found.returned_by, found.return_reason) == (None, None)


def test_half_approved_is_not_approved(database_url: str) -> None:
    events = (
        *(drawn_up("s-1"), approved("s-1", "officer-li", 1)),
        *(drawn_up("s-2"), approved("s-2", "officer-li", 1, of=1)),
        *(drawn_up("s-3"), returned("s-3")),
    )

    with read(database_url, *events) as connection:
        found = {one.statement_id: one for one in statements(connection)}

    assert [found[one].status for one in ("s-1", "s-2", "s-3")] == [
        *("drawn_up", "approved", "returned")
    ]
    assert found["s-1"].first_approved_by == "officer-li"
    assert (found["s-3"].returned_by, found["s-3"].return_reason) == (
        *("officer-li", "amount_doubted"),
    )


def test_statements_are_narrowed_and_paged_the_latest_first(database_url: str) -> None:
    events = (
        *(drawn_up("s-1"), drawn_up("s-2", "mill"), drawn_up("s-3")),
        *(returned("s-1"), drawn_up("s-4")),
    )

    with read(database_url, *events) as connection:
        every = statements(connection)
        of_mill = statements(connection, merchant_id="mill")
        open_ones = statements(connection, status="drawn_up", merchant_id="shears")
        of_another = statements(connection, fund_id="relief")
        first = statements(connection, rows_max=3)
        rest = statements(connection, before=first[-1].position)

    assert [one.statement_id for one in every] == ["s-4", "s-3", "s-2", "s-1"]
    assert [one.statement_id for one in of_mill] == ["s-2"]
    assert [one.statement_id for one in open_ones] == ["s-4", "s-3"]
    assert of_another == []
    assert [*first, *rest] == every


def reported(redemption_id: str, amount_minor: int, fund_id: str = "care") -> incident.Reported:
    return incident.Reported(
        redemption_id=redemption_id,
        merchant_id="shears",
        fund_id=fund_id,
        amount_minor=amount_minor,
        reason="wrong_amount",
        officer_id="officer-wu",
        day=DAY,
    )


def test_a_statement_lists_its_redemptions_in_order(database_url: str) -> None:
    care = [
        msgspec.structs.replace(line(union=union), reservation=n)
        for n, union in enumerate((30, 20, 9), 1)
    ]
    aid = msgspec.structs.replace(line("aid", union=5), reservation=1, fund_id="aid")
    both = redeemed(3_000, care[0], care[1], aid, line("own", merchant=4), redemption_id="r1")
    gone = redeemed(900, care[2], redemption_id="r2", day=2)
    elsewhere = redeemed(
        100, msgspec.structs.replace(care[2], reservation=4), redemption_id="r3", merchant_id="mill"
    )
    later = redeemed(100, msgspec.structs.replace(care[2], reservation=5), redemption_id="r4")
    events = (both, gone, undone(gone, day=3), elsewhere, later, reported("r1", 12))

    with read(database_url, *events) as connection:
        lines = statement_lines(connection, listed("care", 1, 4))
        of_aid = statement_lines(connection, listed("aid", 1, 9))
        page = statement_lines(connection, listed("care", 1, 9), rows_max=2)
        rest = statement_lines(connection, listed("care", 1, 9), after=page[-1].reservation)

    assert lines[0] == StatementLine(
        *("care", "r1", 1, "shears", "main", "till-1", "2019-05-01", "2019-05-01T03:30:00.000000Z"),
        *("haircut haircut", 3_000, 50, None, 12, "wrong_amount", "2026-06-01"),
    )
    assert [(one.redemption_id, one.reversed_day, one.counted_minor) for one in lines] == [
        ("r1", None, 50),
        ("r2", "2019-05-03", 0),
    ]
    assert [(one.union_share_minor, one.incident_minor) for one in of_aid] == [(5, None)]
    assert [one.redemption_id for one in (*page, *rest)] == ["r1", "r2", "r4"]


def test_what_came_late_and_the_union_bears_is_listed_and_what_the_merchant_bears_is_not(
    database_url: str,
) -> None:
    late = Lateness(AT, 1)
    by_union = redeemed(900, msgspec.structs.replace(line(union=9), reservation=1), late=late)
    by_merchant = redeemed(900, line(merchant=9), late=late)
    events = [
        Contested(
            made=made,
            given=(),
            scanned_at=made.at,
            reason="limit_reached",
            particulars={},
            borne_by=borne_by,
            because="",
        )
        for made, borne_by in ((by_union, "union"), (by_merchant, "merchant"))
    ]

    with read(database_url, *events) as connection:
        (found,) = statement_lines(connection, listed("care", 1, 9))

    assert (found.redemption_id, found.counted_minor) == (by_union.redemption_id, 9)


def test_what_the_union_paid_nothing_for_is_on_no_statement(database_url: str) -> None:
    with read(database_url, redeemed(500, line(merchant=50))) as connection:
        found = statement_lines(connection, listed("care", 0, 9))

    assert found == []


def test_incidents_are_listed_the_latest_first(database_url: str) -> None:
    events = (reported("r1", 5), reported("r1", 6, "aid"), reported("r2", 7))

    with read(database_url, *events) as connection:
        found = incidents(connection)
        of_care = incidents(connection, fund_id="care", merchant_id="shears")
        page = incidents(connection, rows_max=1)
        rest = incidents(connection, before=page[-1].position)
        of_mill = incidents(connection, merchant_id="mill")

    assert found[0] == IncidentRow(
        *("r2", "care", 3, "shears", 7, "wrong_amount", "officer-wu", "2026-06-01")
    )
    assert [one.amount_minor for one in found] == [7, 6, 5]
    assert [one.amount_minor for one in of_care] == [7, 5]
    assert [*page, *rest] == found
    assert of_mill == []
