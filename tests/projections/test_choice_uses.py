from projections.choice_uses import uses_of
from tests.support.event_history_purchases import line, read, redeemed, undone

HAIRCUT = redeemed(3_000, line("haircut", merchant=500), line("care", union=400), day=1)
BREAD = redeemed(1_000, line("care", union=100), day=3, merchant_id="mill", branch="west")
UNDONE = redeemed(1_000, line("care", union=100), day=4)


def test_uses_are_counted_over_all_days_and_places_without_the_undone(database_url: str) -> None:
    with read(database_url, HAIRCUT, BREAD, UNDONE, undone(UNDONE, day=9)) as connection:
        found = uses_of(connection, ["care", "haircut", "opera"])

    assert found == {"care": 2, "haircut": 1}
