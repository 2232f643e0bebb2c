"""A tally of uses, checked against a list of all uses."""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.benefits.terms import NOTHING_USED, Period, Tally, Used

SATURDAY = date(2026, 11, 21)


def test_nothing_is_used_at_first() -> None:
    for period in Period:
        assert NOTHING_USED.used(period, SATURDAY) == Used()


@pytest.mark.parametrize(
    ("today", "day", "week", "month"),
    [
        (date(2026, 11, 28), 1, 1, 1),
        (date(2026, 11, 29), 0, 1, 1),  # Sunday ends the week
        (date(2026, 11, 30), 0, 0, 1),  # Monday begins the next; the month has a day to go
        (date(2026, 12, 1), 0, 0, 0),
        (date(2027, 11, 28), 0, 0, 0),  # the same month of another year
    ],
)
def test_a_use_counts_until_its_day_week_and_month_are_over(
    today: date, day: int, week: int, month: int
) -> None:
    tally = NOTHING_USED.plus(date(2026, 11, 28), 1, 30_00)

    assert tally.used(Period.DAY, today).count == day
    assert tally.used(Period.WEEK, today).count == week
    assert tally.used(Period.MONTH, today).count == month
    assert tally.used(Period.TERM, today) == Used(1, 30_00)


def test_a_week_runs_on_over_the_new_year() -> None:
    tally = NOTHING_USED.plus(date(2026, 12, 31), 1, 10_00)

    tally = tally.plus(date(2027, 1, 1), 1, 5_00)

    assert tally.used(Period.WEEK, date(2027, 1, 3)) == Used(2, 15_00)
    assert tally.used(Period.MONTH, date(2027, 1, 3)) == Used(1, 5_00)


def test_what_is_reversed_on_an_earlier_day_leaves_today_alone() -> None:
    tally = NOTHING_USED.plus(date(2026, 11, 20), 1, 30_00).plus(SATURDAY, 1, 8_00)

    tally = tally.plus(date(2026, 11, 20), -1, -30_00)

    assert tally.used(Period.DAY, SATURDAY) == Used(1, 8_00)
    assert tally.used(Period.WEEK, SATURDAY) == Used(1, 8_00)


class Use(msgspec.Struct, frozen=True):
    """A use in the model: redeemed on a day, and reversed after `reversed_after` later uses."""

    days_later: int
    covered_minor: int
    reversed_after: int | None


uses = st.builds(
    Use,
    st.sampled_from([0, 0, 1, 2, 5, 7, 30, 365]) | st.integers(0, 800),
    st.integers(0, 100_00),
    st.none() | st.integers(0, 4),
)


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.lists(uses, max_size=12), st.integers(0, 40)
)
def test_a_tally_agrees_with_a_list_of_all_uses(
    first: date, planned: list[Use], days_later: int
) -> None:
    tally, kept, today = NOTHING_USED, list[tuple[date, int]](), first
    reversals: dict[int, list[tuple[date, int]]] = {}
    for turn, use in enumerate(planned):
        today += timedelta(use.days_later)
        kept.append((today, use.covered_minor))
        tally = tally.plus(today, 1, use.covered_minor)
        if use.reversed_after is not None:
            due = reversals.setdefault(turn + use.reversed_after, [])
            due.append((today, use.covered_minor))
        for day, covered_minor in reversals.get(turn, []):
            kept.remove((day, covered_minor))
            tally = tally.plus(day, -1, -covered_minor)
        agree(tally, kept, today)
    agree(tally, kept, today + timedelta(days_later))


def agree(tally: Tally, kept: list[tuple[date, int]], today: date) -> None:
    """Compare the tally with a slow count."""
    same: dict[Period, Callable[[date], bool]] = {
        Period.DAY: lambda day: day == today,
        Period.WEEK: lambda day: day.isocalendar()[:2] == today.isocalendar()[:2],
        Period.MONTH: lambda day: (day.year, day.month) == (today.year, today.month),
        Period.TERM: lambda _day: True,
    }
    for period in Period:
        amounts = [covered_minor for day, covered_minor in kept if same[period](day)]
        assert tally.used(period, today) == Used(len(amounts), sum(amounts)), period
