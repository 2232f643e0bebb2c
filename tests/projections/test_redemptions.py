from datetime import date

from projections.redemptions import redemptions, spending
from tests.support.event_history_purchases import line, read, redeemed, undone

HAIRCUT = redeemed(3_000, line("haircut", merchant=500), line("care", union=400), day=1)
BREAD = redeemed(1_000, line("bread", merchant=100), day=3, merchant_id="mill", category=None)
OTHERS = redeemed(5_000, day=3, card_id="c2")
EVENTS = (HAIRCUT, BREAD, OTHERS, undone(HAIRCUT, day=31))


def test_a_card_lists_its_lines_the_latest_first(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        listed = redemptions(connection, card_id="c1")

    assert [(one.position, one.redemption_id, one.redemptions) for one in listed] == [
        (4, HAIRCUT.redemption_id, -1),
        (2, BREAD.redemption_id, 1),
        (1, HAIRCUT.redemption_id, 1),
    ]
    assert listed[1].category == ""
    assert listed[2].choices == "haircut care"
    assert (listed[2].day, listed[2].at) == ("2019-05-01", "2019-05-01T03:30:00.000000Z")


def test_a_line_and_its_reversal_come_to_nothing(database_url: str) -> None:
    with read(database_url, HAIRCUT, undone(HAIRCUT)) as connection:
        lines = redemptions(connection)

    amounts = [one[-5:] for one in lines]
    assert amounts == [(-1, -3_000, -500, -400, -2_100), (1, 3_000, 500, 400, 2_100)]


def test_lines_are_narrowed_to_days_and_a_merchant(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        third = redemptions(connection, first_day=date(2019, 5, 3), last_day=date(2019, 5, 3))
        shears = redemptions(connection, merchant_id="shears", last_day=date(2019, 5, 30))

    assert [one.position for one in third] == [3, 2]
    assert [one.position for one in shears] == [3, 1]


def test_pages_follow_one_another_without_gap_or_overlap(database_url: str) -> None:
    events = [redeemed() for _ in range(7)]

    with read(database_url, *events) as connection:
        found: list[int] = []
        while page := redemptions(
            connection, card_id="c1", before=found[-1] if found else None, rows_max=3
        ):
            found += [one.position for one in page]

    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_what_each_card_spent_is_summed(database_url: str) -> None:
    with read(database_url, *EVENTS) as connection:
        by_card = spending(connection, ["card_id"])
        by_month = spending(connection, ["month"], card_id="c1")

    assert [(row["card_id"], row["redemptions"], row["price_minor"]) for row in by_card] == [
        ("c1", 1, 1_000),
        ("c2", 1, 5_000),
    ]
    assert [(row["month"], row["price_minor"]) for row in by_month] == [("2019-05", 1_000)]
