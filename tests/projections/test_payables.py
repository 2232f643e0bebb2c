from ledger.funds import Overpaid, PaidOut, Released, Reserved
from projections.payables import Payable, payables
from tests.support.event_history_purchases import read


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

    assert owed == Payable("shears", "care", 900, 200, 400, 0, 0)
    assert (owed.owed_minor, owed.due_minor) == (300, 300)


def test_what_was_paid_too_much_is_kept_from_the_next_payment(database_url: str) -> None:
    paid = PaidOut(fund_id="care", merchant_id="shears", amount_minor=400, through=1)
    overpaid = Overpaid(fund_id="care", merchant_id="shears", redemption_id="r1", amount_minor=250)
    kept = PaidOut(
        fund_id="care", merchant_id="shears", amount_minor=100, through=2, recovered_minor=100
    )
    events = (reserved(400), paid, overpaid, reserved(100), kept, reserved(350))

    with read(database_url, *events) as connection:
        (now,) = payables(connection)

    assert now == Payable("shears", "care", 850, 0, 400, 100, 250)
    assert (now.owed_minor, now.due_minor) == (350, 200)


def test_nothing_is_due_where_more_is_to_be_kept_than_is_owed(database_url: str) -> None:
    overpaid = Overpaid(fund_id="care", merchant_id="shears", redemption_id="r1", amount_minor=250)

    with read(database_url, reserved(100), overpaid) as connection:
        (now,) = payables(connection)

    assert (now.owed_minor, now.due_minor) == (100, 0)


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
