from datetime import date

import msgspec
import pytest

from projections.engine import totals
from projections.purchases import purchases, table
from tests.support.event_history_purchases import AT, read, redeemed

MAY = [redeemed(day, day=day, outlet_id=f"outlet-{day % 2}") for day in (1, 2, 3, 31)]
JUNE = msgspec.structs.replace(redeemed(100), at=AT.replace(month=6), day=date(2019, 6, 1))


def test_sums_are_by_day_by_month_by_place_or_of_all(database_url: str) -> None:
    with read(database_url, *MAY, JUNE) as connection:
        by_day = purchases(connection, ["day"])
        by_month = purchases(connection, ["month"])
        by_place = purchases(connection, ["outlet_id", "month"], last_day=date(2019, 5, 31))
        (of_all,) = purchases(connection)

    assert [row["price_minor"] for row in by_day] == [1, 2, 3, 31, 100]
    assert [(row["month"], row["price_minor"]) for row in by_month] == [
        ("2019-05", 37),
        ("2019-06", 100),
    ]
    assert [(row["outlet_id"], row["price_minor"]) for row in by_place] == [
        ("outlet-0", 2),
        ("outlet-1", 35),
    ]
    assert of_all["price_minor"] == 137


def test_both_ends_of_a_range_of_days_are_inside(database_url: str) -> None:
    with read(database_url, *MAY, JUNE) as connection:
        (row,) = purchases(connection, first_day=date(2019, 5, 2), last_day=date(2019, 5, 31))

    assert row["purchases"] == 3


def test_where_there_is_nothing_sums_are_zero(database_url: str) -> None:
    with read(database_url) as connection:
        (row,) = purchases(connection)
        assert purchases(connection, ["day"]) == []

    assert (row["purchases"], row["price_minor"]) == (0, 0)


@pytest.mark.parametrize("by", [["day", "outlet_id"], ["month", "day"]])
def test_pages_follow_one_another_without_gap_or_overlap(database_url: str, by: list[str]) -> None:
    with read(database_url, *MAY, JUNE) as connection:
        whole = purchases(connection, by)
        found: list[totals.Total] = []
        while page := purchases(
            connection, by, after=[found[-1][name] for name in by] if found else (), rows_max=2
        ):
            found += page

    assert len(whole) == 5
    assert found == whole


def test_a_page_is_bounded_whatever_was_asked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "ROWS_MAX", 2)

    with read(database_url, *MAY) as connection:
        assert len(purchases(connection, ["day"], rows_max=10)) == 2


def test_all_rows_are_read_however_many_a_page_would_have(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "ROWS_MAX", 2)

    with read(database_url, *MAY, JUNE) as connection:
        by_outlet = [*totals.every_total(table, connection, ["day", "outlet_id"])]
        (whole,) = totals.every_total(table, connection)

    assert len(by_outlet) == 5
    assert whole["price_minor"] == sum(one["price_minor"] for one in by_outlet)


def test_a_text_the_table_does_not_have_is_an_error(database_url: str) -> None:
    with read(database_url) as connection, pytest.raises(KeyError):
        totals.totals(table, connection, ["no_such_text"])
