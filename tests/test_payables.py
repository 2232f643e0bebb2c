from __future__ import annotations

from ledger.fund import PaidOut, Released, Reserved
from projections.payables import Payable, payables
from tests.past import read


def reserved(amount_minor: int, merchant_id: str = "shears", fund_id: str = "care") -> Reserved:
    return Reserved(
        fund_id=fund_id, merchant_id=merchant_id, redemption_id="r1", amount_minor=amount_minor
    )


def test_a_merchant_is_owed_what_is_reserved_and_neither_released_nor_paid(
    database_url: str,
) -> None:
    events = (
        reserved(400),
        PaidOut(fund_id="care", merchant_id="shears", amount_minor=400, through=1),
        reserved(300),
        reserved(200),
        Released(fund_id="care", merchant_id="shears", redemption_id="r1", amount_minor=200),
    )

    with read(database_url, *events) as connection:
        (owed,) = payables(connection)

    assert owed == Payable("shears", "care", 900, 200, 400)
    assert owed.owed_minor == 300


def test_payables_are_narrowed_and_paged(database_url: str) -> None:
    events = (reserved(1), reserved(2, "mill"), reserved(3, "mill", "relief"))

    with read(database_url, *events) as connection:
        mill = payables(connection, merchant_id="mill")
        care = payables(connection, fund_id="care")
        first = payables(connection, rows_max=2)
        rest = payables(connection, after=(first[-1].merchant_id, first[-1].fund_id))

    assert [one.reserved_minor for one in mill] == [2, 3]
    assert [one.reserved_minor for one in care] == [2, 1]
    assert [one.reserved_minor for one in (*first, *rest)] == [2, 3, 1]
