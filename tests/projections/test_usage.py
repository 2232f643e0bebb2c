from datetime import date

from projections.usage import usage
from tests.support.event_history_purchases import line, read, redeemed, undone

HAIRCUT = redeemed(3_000, line("haircut", merchant=500), line("care", union=400), day=1)
BREAD = redeemed(1_000, line("care", union=100), day=3, merchant_id="mill", branch="west")


def test_each_benefit_of_a_purchase_is_a_use_of_its_own(database_url: str) -> None:
    with read(database_url, HAIRCUT, BREAD) as connection:
        rows = usage(connection, ["choice_id", "kind"])

    assert rows == [
        {
            "choice_id": "care",
            "kind": "percent_off",
            "uses": 2,
            "merchant_share_minor": 0,
            "union_share_minor": 500,
        },
        {
            "choice_id": "haircut",
            "kind": "percent_off",
            "uses": 1,
            "merchant_share_minor": 500,
            "union_share_minor": 0,
        },
    ]


def test_uses_are_narrowed_to_days_places_branches_and_benefits(database_url: str) -> None:
    with read(database_url, HAIRCUT, BREAD) as connection:
        asked = [
            usage(connection, choice_id="care"),
            usage(connection, choice_id="care", branch="west"),
            usage(connection, merchant_id="shears"),
            usage(connection, last_day=date(2019, 5, 2)),
            usage(connection, first_day=date(2019, 5, 4)),
        ]

    assert [rows[0]["uses"] for rows in asked] == [2, 1, 2, 2, 0]


def test_what_was_undone_is_not_a_use(database_url: str) -> None:
    with read(database_url, HAIRCUT, undone(HAIRCUT)) as connection:
        assert {row["uses"] for row in usage(connection, ["day", "choice_id"])} == {0}
