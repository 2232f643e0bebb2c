from projections.purchases import purchases
from projections.usage import usage
from tests.support.event_history_purchases import line, read, redeemed, undone

HAIRCUT = redeemed(3_000, line("haircut", merchant=500), line("care", union=400), day=1)


def test_a_purchase_that_combined_two_benefits_counts_once(database_url: str) -> None:
    with read(database_url, HAIRCUT) as connection:
        assert purchases(connection, ["merchant_id", "category"]) == [
            {
                "merchant_id": "shears",
                "category": "hair",
                "purchases": 1,
                "reversals": 0,
                "price_minor": 3_000,
                "merchant_share_minor": 500,
                "union_share_minor": 400,
                "member_share_minor": 2_100,
            }
        ]


def test_what_was_undone_is_taken_off_the_day_of_the_purchase(database_url: str) -> None:
    kept = redeemed(1_000, day=1)

    with read(database_url, HAIRCUT, kept, undone(HAIRCUT, day=9)) as connection:
        by_day = purchases(connection, ["day"])

    assert [(row["day"], row["purchases"], row["reversals"]) for row in by_day] == [
        ("2019-05-01", 1, 1)
    ]
    assert by_day[0]["price_minor"] == 1_000


def test_a_card_that_was_only_shown_is_a_purchase_without_a_discount(database_url: str) -> None:
    with read(database_url, redeemed(0, category=None)) as connection:
        (row,) = purchases(connection, ["category"])
        assert usage(connection, ["choice_id"]) == []

    assert (row["category"], row["purchases"], row["price_minor"]) == ("", 1, 0)
