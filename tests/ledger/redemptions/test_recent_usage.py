"""A member's recent usage by day and till, so that late reports count on their own day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from ledger.benefits.terms import NOTHING_USED, Period, Tally
from ledger.redemptions.recent_usage import (
    KEPT_FOR,
    KEPT_LEAST,
    LATE_MOST,
    OnDay,
    RecentUsage,
    tallies,
    with_use,
)

FIRST = date(2026, 5, 1)
USES = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(["rose.t1", "mill.t2"]), st.integers(1, 500)),
    max_size=200,
)


def counted(uses: list[tuple[int, str, int]]) -> tuple[Map[str, Tally], RecentUsage]:
    """Return the tally as redemptions keep it, and the days beside it."""
    tally, recent = NOTHING_USED, RecentUsage()
    for days, till, covered_minor in uses:
        day = FIRST + timedelta(days=days)
        tally = tally.plus(day, 1, covered_minor)
        recent = with_use(recent, "hair", OnDay(day, till, 1, covered_minor))
    return Map(hair=tally), recent


@given(uses=USES, back=st.integers(0, LATE_MOST.days))
def test_the_day_week_and_month_of_a_late_scan_are_those_of_all_uses(
    uses: list[tuple[int, str, int]], back: int
) -> None:
    ordered = sorted(uses)
    latest = FIRST + timedelta(days=ordered[-1][0] if ordered else 0)
    day = latest - timedelta(days=back)

    found = tallies(*counted(ordered), ["hair"], day=day)["hair"]

    same = {
        Period.DAY: lambda one: one == day,
        Period.WEEK: lambda one: one.isocalendar()[:2] == day.isocalendar()[:2],
        Period.MONTH: lambda one: (one.year, one.month) == (day.year, day.month),
        Period.TERM: lambda _one: True,
    }
    for period, is_in in same.items():
        amounts = [amount for days, _, amount in uses if is_in(FIRST + timedelta(days=days))]
        used = found.used(period, day)
        assert (used.count, used.covered_minor) == (len(amounts), sum(amounts))


@given(uses=USES)
def test_what_one_till_did_is_told_from_the_rest(uses: list[tuple[int, str, int]]) -> None:
    recent = [(days % 14, till, amount) for days, till, amount in uses]

    found = tallies(*counted(recent), ["hair"], day=FIRST, till="rose.t1")["hair"]

    assert found.in_term.count == sum(till == "rose.t1" for _, till, _ in recent)


def test_what_was_undone_counts_no_longer() -> None:
    once = with_use(RecentUsage(), "hair", OnDay(FIRST, "rose.t1", 1, 500))
    undone = with_use(once, "hair", OnDay(FIRST, "rose.t1", -1, -500))

    assert tallies(Map(), undone, ["hair"], day=FIRST)["hair"].in_day.count == 0


def test_many_uses_are_summed_up_and_what_is_long_past_let_go() -> None:
    recent = RecentUsage()
    for number in range(1_000):
        day = FIRST + timedelta(days=number // 10)
        recent = with_use(recent, "hair", OnDay(day, "rose.t1", 1, number))
        assert len(recent["hair"].days) < 2 * KEPT_LEAST

    last = FIRST + timedelta(days=99)
    assert tallies(Map(), recent, ["hair"], day=last)["hair"].in_day.count == 10
    assert min(one.day for one in recent["hair"].days) >= last - KEPT_FOR - timedelta(days=13)


def test_uses_at_many_tills_are_summed_more_rarely_the_more_there_are() -> None:
    recent, sums, summed = RecentUsage(), 0, 0
    for number in range(4_000):
        day = FIRST + timedelta(days=number // 14)
        recent = with_use(recent, "hair", OnDay(day, f"rose.t{number % 1_000}", 1, 1))
        sums += recent["hair"].summed != summed
        summed = recent["hair"].summed

    assert 14 * KEPT_FOR.days <= len(recent["hair"].days) <= 3 * 14 * KEPT_FOR.days
    assert sums < 10
