"""The terms every benefit shares: rules and their refusals, tallies against a list of uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import errors, terms
from ledger.money import AMOUNT_MAX, WHOLE
from ledger.terms import (
    NOTHING_USED,
    Ceilings,
    Funding,
    Hours,
    Limits,
    Period,
    Purchase,
    Rules,
    Stacking,
    Tally,
    Used,
    Who,
    check_applies,
    check_terms,
)

SATURDAY = date(2026, 11, 21)
WOMAN_WORKER = Who(branch="branch-miyun", groups=("woman_worker", "model_worker"))
HAIRCUT = Purchase(
    merchant_id="merchant-rose",
    outlet_id="outlet-1",
    category="hair",
    price_minor=50_00,
    at=datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
)


def at(clock: str) -> Purchase:
    """The haircut at another time of its day."""
    moment = datetime.combine(SATURDAY, time.fromisoformat(clock), UTC)
    return msgspec.structs.replace(HAIRCUT, at=moment)


def hours(opens: str, closes: str) -> Hours:
    return Hours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


# Rules


EVERY_RULE = Rules(
    groups=("model_worker", "in_hardship"),
    branches=("branch-miyun",),
    merchants=("merchant-rose",),
    outlets=("outlet-1",),
    categories=("hair", "car_wash"),
    first_day=SATURDAY,
    last_day=SATURDAY,
    weekdays=(6, 7),
    hours=(hours("09:00", "11:00"), hours("12:30", "18:00")),
    blackout_days=(date(2026, 10, 1),),
)


def test_rules_that_ask_nothing_apply_to_every_purchase() -> None:
    check_applies(Rules(), Who(branch="", groups=()), HAIRCUT)


def test_a_purchase_that_keeps_every_rule_is_let_through() -> None:
    check_applies(EVERY_RULE, WOMAN_WORKER, HAIRCUT)


@pytest.mark.parametrize(
    ("rules", "refusal", "particulars"),
    [
        (Rules(groups=("in_hardship",)), errors.NotEligible, {"needs": "group"}),
        (Rules(branches=("branch-daxing",)), errors.NotEligible, {"needs": "branch"}),
        (
            Rules(first_day=SATURDAY + timedelta(1)),
            errors.OfferNotYetOpen,
            {"first_day": "2026-11-22"},
        ),
        (Rules(last_day=SATURDAY - timedelta(1)), errors.OfferEnded, {"last_day": "2026-11-20"}),
        (Rules(merchants=("merchant-lily",)), errors.NotAgreedHere, {}),
        (Rules(outlets=("outlet-2",)), errors.NotAgreedHere, {}),
        (Rules(categories=("cinema",)), errors.CategoryNotCovered, {"category": "hair"}),
        (Rules(weekdays=(1, 2, 3, 4, 5)), errors.NotOnThisDay, {}),
        (Rules(blackout_days=(SATURDAY,)), errors.NotOnThisDay, {}),
        (Rules(hours=(hours("13:00", "18:00"),)), errors.NotAtThisHour, {"opens": "13:00"}),
    ],
)
def test_each_rule_refuses_in_its_own_words(
    rules: Rules, refusal: type[errors.Refusal], particulars: dict[str, str]
) -> None:
    with pytest.raises(errors.Refusal) as refused:
        check_applies(rules, WOMAN_WORKER, HAIRCUT)

    assert type(refused.value) is refusal
    assert refused.value.particulars == particulars


def test_a_purchase_without_a_category_is_refused_where_categories_are_named() -> None:
    unnamed = msgspec.structs.replace(HAIRCUT, category=None)

    with pytest.raises(errors.CategoryNotCovered):
        check_applies(Rules(categories=("hair",)), WOMAN_WORKER, unnamed)


def test_the_member_is_asked_about_before_the_place_and_the_time() -> None:
    rules = Rules(groups=("in_hardship",), merchants=("merchant-lily",), weekdays=(1,))

    with pytest.raises(errors.NotEligible):
        check_applies(rules, WOMAN_WORKER, HAIRCUT)


@pytest.mark.parametrize("clock", ["09:00", "10:59:59.999999"])
def test_the_first_minute_is_inside_the_hours(clock: str) -> None:
    check_applies(Rules(hours=(hours("09:00", "11:00"),)), WOMAN_WORKER, at(clock))


@pytest.mark.parametrize(
    ("clock", "opens"),
    [("08:59:59", "09:00"), ("11:00", "17:00"), ("16:59", "17:00"), ("20:00", "09:00")],
)
def test_outside_the_hours_the_next_opening_is_named(clock: str, opens: str) -> None:
    rules = Rules(hours=(hours("17:00", "20:00"), hours("09:00", "11:00")))

    with pytest.raises(errors.NotAtThisHour) as refused:
        check_applies(rules, WOMAN_WORKER, at(clock))

    assert refused.value.particulars == {"opens": opens}


@pytest.mark.parametrize("clock", ["22:00", "23:59:59.999999", "00:00", "01:59"])
def test_a_night_past_midnight_is_two_stretches_of_hours(clock: str) -> None:
    night = Rules(hours=(hours("22:00", "00:00"), hours("00:00", "02:00")))

    check_terms(night)
    check_applies(night, WOMAN_WORKER, at(clock))


def test_a_change_of_the_rules_is_not_asked_of_the_old_lists() -> None:
    rules = Rules(merchants=("merchant-rose",))
    check_applies(rules, WOMAN_WORKER, HAIRCUT)

    changed = msgspec.structs.replace(rules, merchants=("merchant-lily",))

    with pytest.raises(errors.NotAgreedHere):
        check_applies(changed, WOMAN_WORKER, HAIRCUT)


def test_rules_are_stored_as_they_were_written_and_no_more() -> None:
    rules = Rules(merchants=("merchant-rose", "merchant-lily"), limits=Limits(per_day=1))
    check_applies(rules, WOMAN_WORKER, HAIRCUT)

    stored = msgspec.json.encode(rules)

    assert stored == b'{"merchants":["merchant-rose","merchant-lily"],"limits":{"per_day":1}}'
    assert msgspec.json.decode(stored, type=Rules) == rules


def test_rules_of_every_field_come_back_from_the_log() -> None:
    stored = msgspec.json.encode(EVERY_RULE)

    assert msgspec.json.decode(stored, type=Rules) == EVERY_RULE


# Terms as they are published


@pytest.mark.parametrize(
    "rules",
    [
        Rules(),
        EVERY_RULE,
        Rules(merchants=tuple(f"merchant-{number}" for number in range(terms.NAMES_MAX))),
        Rules(groups=("m" * terms.NAME_LENGTH_MAX,)),
        Rules(weekdays=(1, 2, 3, 4, 5, 6, 7)),
        Rules(hours=(hours("00:00", "00:00"),) * terms.HOURS_MAX),
        Rules(limits=Limits(per_day=1, per_week=AMOUNT_MAX)),
        Rules(stacking=Stacking(order=0)),
        Rules(stacking=Stacking(order=terms.ORDER_MAX)),
        Rules(
            funding=Funding(union_basis_points=WHOLE, fund_id="fund-1"),
            ceilings=Ceilings(per_fund_minor=1),
        ),
    ],
)
def test_terms_at_the_edge_of_what_is_allowed_are_published(rules: Rules) -> None:
    check_terms(rules)


@pytest.mark.parametrize("field", ["groups", "branches", "merchants", "outlets", "categories"])
@pytest.mark.parametrize(
    "names",
    [
        tuple(f"name-{number}" for number in range(terms.NAMES_MAX + 1)),
        ("",),
        ("m" * (terms.NAME_LENGTH_MAX + 1),),
    ],
    ids=["too many", "empty", "too long"],
)
def test_a_list_of_too_many_or_too_long_names_is_refused(
    field: str, names: tuple[str, ...]
) -> None:
    assert wrong_field(**{field: names}) == field


@pytest.mark.parametrize(
    ("field", "particulars"),
    [
        ("blackout_days", {"blackout_days": (SATURDAY,) * (terms.NAMES_MAX + 1)}),
        ("last_day", {"first_day": SATURDAY, "last_day": SATURDAY - timedelta(1)}),
        ("weekdays", {"weekdays": (0,)}),
        ("weekdays", {"weekdays": (8,)}),
        ("weekdays", {"weekdays": (1,) * 8}),
        ("hours", {"hours": (hours("00:00", "00:00"),) * (terms.HOURS_MAX + 1)}),
        ("hours", {"hours": (hours("09:00", "09:00"),)}),
        ("hours", {"hours": (hours("22:00", "02:00"),)}),
        ("hours", {"hours": (hours("09:00+08:00", "11:00"),)}),
        ("hours", {"hours": (hours("09:00", "11:00Z"),)}),
        ("order", {"stacking": Stacking(order=-1)}),
        ("order", {"stacking": Stacking(order=terms.ORDER_MAX + 1)}),
        ("union_basis_points", {"funding": Funding(union_basis_points=-1)}),
        ("union_basis_points", {"funding": Funding(union_basis_points=WHOLE + 1, fund_id="f")}),
        ("fund_id", {"funding": Funding(union_basis_points=1)}),
        ("fund_id", {"funding": Funding(fund_id="fund-1")}),
        ("fund_id", {"funding": Funding(union_basis_points=1, fund_id="")}),
        ("per_fund_minor", {"ceilings": Ceilings(per_fund_minor=1)}),
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    field: str, particulars: dict[str, Any]
) -> None:
    assert wrong_field(**particulars) == field


@pytest.mark.parametrize("value", [0, -1, AMOUNT_MAX + 1])
@pytest.mark.parametrize("field", Limits.__struct_fields__)
def test_a_limit_out_of_range_is_refused(field: str, value: int) -> None:
    assert wrong_field(limits=Limits(**{field: value})) == field


@pytest.mark.parametrize("value", [0, -1, AMOUNT_MAX + 1])
@pytest.mark.parametrize("field", Ceilings.__struct_fields__)
def test_a_ceiling_out_of_range_is_refused(field: str, value: int) -> None:
    assert wrong_field(ceilings=Ceilings(**{field: value})) == field


def wrong_field(**particulars: Any) -> Any:
    """The field that `check_terms` names as wrong."""
    with pytest.raises(errors.TermsInvalid) as refused:
        check_terms(Rules(**particulars))
    return refused.value.particulars["field"]


# Tallies


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
    """One use of the model: redeemed on a day, and reversed after `reversed_after` later uses."""

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
    """Count the slow way what the tally says at once."""
    same: dict[Period, Callable[[date], bool]] = {
        Period.DAY: lambda day: day == today,
        Period.WEEK: lambda day: day.isocalendar()[:2] == today.isocalendar()[:2],
        Period.MONTH: lambda day: (day.year, day.month) == (today.year, today.month),
        Period.TERM: lambda _day: True,
    }
    for period in Period:
        amounts = [covered_minor for day, covered_minor in kept if same[period](day)]
        assert tally.used(period, today) == Used(len(amounts), sum(amounts)), period
