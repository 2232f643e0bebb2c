from ledger.funds import Contributed, PaidOut
from projections import balances
from projections.balances import Balance, balance
from projections.engine.changes import Add
from projections.engine.totals import totals
from tests.support.event_history_purchases import changes, line, read, redeemed, undone

CONTRIBUTED = Contributed(fund_id="care", source="city", amount_minor=10_000)
HAIRCUT = redeemed(3_000, line(merchant=500, union=400))
PAID = PaidOut(fund_id="care", merchant_id="shears", amount_minor=400, through=1)


def test_a_contribution_debits_the_bank_and_credits_the_fund() -> None:
    assert changes(balances, CONTRIBUTED) == [
        Add(("bank:care",), {"debits_minor": 10_000}),
        Add(("fund:care",), {"credits_minor": 10_000}),
    ]


def test_a_redemption_shows_who_paid_and_who_is_owed(database_url: str) -> None:
    with read(database_url, CONTRIBUTED, HAIRCUT, PAID) as connection:
        assert balance(connection, "fund:care").credit_minor == 9_600
        assert balance(connection, "merchant:shears:payable") == (
            "merchant:shears:payable",
            400,
            400,
        )
        assert balance(connection, "member:m1:saving").credit_minor == 900
        assert balance(connection, "merchant:shears:sales").credit_minor == 2_100


def test_what_was_undone_leaves_the_books_level(database_url: str) -> None:
    with read(database_url, HAIRCUT, undone(HAIRCUT)) as connection:
        assert {one.credit_minor for one in balances.balances(connection)} == {0}
        (posted,) = totals(balances.table, connection)
        assert posted == {"debits_minor": 6_800, "credits_minor": 6_800}


def test_accounts_are_listed_by_name_a_page_at_a_time(database_url: str) -> None:
    with read(database_url, CONTRIBUTED, HAIRCUT) as connection:
        listed = [one.account for one in balances.balances(connection)]
        first = balances.balances(connection, where=[balances.within("merchant:")], rows_max=2)
        rest = balances.balances(
            connection, where=[balances.within("merchant:")], after=first[-1][:1]
        )

    assert listed == sorted(listed)
    assert [one.account for one in (*first, *rest)] == [
        "merchant:shears:discount",
        "merchant:shears:payable",
        "merchant:shears:sales",
    ]


def test_an_account_nobody_posted_to_is_at_zero(database_url: str) -> None:
    with read(database_url) as connection:
        assert balance(connection, "fund:none") == Balance("fund:none", 0, 0)
        (posted,) = totals(balances.table, connection)
        assert posted == {"debits_minor": 0, "credits_minor": 0}
