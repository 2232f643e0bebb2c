"""The terms shared by all benefits: rules and their refusals, and valid terms."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.benefits.terms import (
    Ceilings,
    Funding,
    Hours,
    Limits,
    Purchase,
    Rules,
    Stacking,
    Who,
    check_applies,
)
from ledger.benefits.terms_check import (
    HOURS_MAX,
    NAME_LENGTH_MAX,
    NAMES_MAX,
    ORDER_MAX,
    check_terms,
)
from ledger.money import AMOUNT_MAX, WHOLE
from tests.support.given_when_then import refusing

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
    """Return the haircut at another time of its day."""
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

    with refusing(errors.NotAtThisHour(opens=opens)):
        check_applies(rules, WOMAN_WORKER, at(clock))


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
        Rules(merchants=tuple(f"merchant-{number}" for number in range(NAMES_MAX))),
        Rules(groups=("m" * NAME_LENGTH_MAX,)),
        Rules(weekdays=(1, 2, 3, 4, 5, 6, 7)),
        Rules(hours=(hours("00:00", "00:00"),) * HOURS_MAX),
        Rules(limits=Limits(per_day=1, per_week=AMOUNT_MAX)),
        Rules(stacking=Stacking(order=0)),
        Rules(stacking=Stacking(order=ORDER_MAX)),
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
        tuple(f"name-{number}" for number in range(NAMES_MAX + 1)),
        ("",),
        ("m" * (NAME_LENGTH_MAX + 1),),
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
        ("blackout_days", {"blackout_days": (SATURDAY,) * (NAMES_MAX + 1)}),
        ("last_day", {"first_day": SATURDAY, "last_day": SATURDAY - timedelta(1)}),
        ("weekdays", {"weekdays": (0,)}),
        ("weekdays", {"weekdays": (8,)}),
        ("weekdays", {"weekdays": (1,) * 8}),
        ("hours", {"hours": (hours("00:00", "00:00"),) * (HOURS_MAX + 1)}),
        ("hours", {"hours": (hours("09:00+08:00", "11:00"),)}),
        ("hours", {"hours": (hours("09:00", "11:00Z"),)}),
        ("order", {"stacking": Stacking(order=-1)}),
        ("order", {"stacking": Stacking(order=ORDER_MAX + 1)}),
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
    """Return the field that `check_terms` rejects."""
    with pytest.raises(errors.TermsInvalid) as refused:
        check_terms(Rules(**particulars))
    return refused.value.particulars["field"]
